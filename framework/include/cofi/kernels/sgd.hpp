// One step of stochastic gradient descent, with momentum (Polyak 1964; Nesterov as in Sutskever et
// al. 2013), as LibTorch's optimizer takes it.
#pragma once

#include "cofi/kernels/step.hpp"

namespace cofi::kernels {

struct Sgd {
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  bool lazy = false;  // rows without gradient get neither weight decay nor momentum
};

// state: the velocity, or nothing without momentum. One pass over memory on the CPU.
COFI_API void sgd(const Sgd& rule, at::Tensor& value, at::Tensor& gradient,
                  std::vector<at::Tensor>& state, const StepContext& context);
// With torch operations, on any device.
COFI_API void sgd_with_torch(const Sgd& rule, at::Tensor& value, at::Tensor& gradient,
                             std::vector<at::Tensor>& state, const StepContext& context);

}  // namespace cofi::kernels
