// One step of RMSprop (Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, equations 38
// to 41), as LibTorch's optimizer takes it.
#pragma once

#include "cofi/kernels/step.hpp"

namespace cofi::kernels {

struct Rmsprop {
  double alpha = 0.99, eps = 1e-8;
  double momentum = 0;
  bool centered = false;  // scale by the variance of the gradient instead of its mean square
  bool lazy = false;      // rows without gradient, their running means included, stay as they are
};

// state: the mean square, then the velocity where there is momentum, then the mean where centered.
// One pass over memory on the CPU.
COFI_API void rmsprop(const Rmsprop& rule, at::Tensor& value, at::Tensor& gradient,
                      std::vector<at::Tensor>& state, const StepContext& context);
// With torch operations, on any device.
COFI_API void rmsprop_with_torch(const Rmsprop& rule, at::Tensor& value, at::Tensor& gradient,
                                 std::vector<at::Tensor>& state, const StepContext& context);

}  // namespace cofi::kernels
