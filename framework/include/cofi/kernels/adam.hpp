// One step of Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019,
// algorithm 2), as LibTorch's optimizers take it.
#pragma once

#include "cofi/kernels/step.hpp"

namespace cofi::kernels {

struct Adam {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  bool decoupled = false;  // AdamW: weight decay shrinks the value instead of joining the gradient
  bool lazy = false;       // moments and values of rows without gradient stay as they are
};

// state: first and second moments. One pass over memory on the CPU.
COFI_API void adam(const Adam& rule, at::Tensor& value, at::Tensor& gradient,
                   std::vector<at::Tensor>& state, const StepContext& context);
// With torch operations, on any device.
COFI_API void adam_with_torch(const Adam& rule, at::Tensor& value, at::Tensor& gradient,
                              std::vector<at::Tensor>& state, const StepContext& context);

}  // namespace cofi::kernels
