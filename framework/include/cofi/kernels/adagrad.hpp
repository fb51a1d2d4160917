// One step of Adagrad (Duchi, Hazan and Singer 2011, figure 1 with a diagonal matrix), as
// LibTorch's optimizer takes it.
#pragma once

#include "cofi/kernels/step.hpp"

namespace cofi::kernels {

struct Adagrad {
  double lr_decay = 0;             // the rate in step t is divided by 1 + (t - 1) lr_decay
  double initial_accumulator = 0;  // added to the sums of squares, which start at zero
  double eps = 1e-10;
  bool lazy = false;  // rows without gradient get no weight decay
};

// state: the sum of squared gradients. One pass over memory on the CPU.
COFI_API void adagrad(const Adagrad& rule, at::Tensor& value, at::Tensor& gradient,
                      std::vector<at::Tensor>& state, const StepContext& context);
// With torch operations, on any device.
COFI_API void adagrad_with_torch(const Adagrad& rule, at::Tensor& value, at::Tensor& gradient,
                                 std::vector<at::Tensor>& state, const StepContext& context);

}  // namespace cofi::kernels
