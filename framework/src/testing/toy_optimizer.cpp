#include "testing/toy_optimizer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

namespace cofi::testing {

void ToyOptimizer::step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                        const StepContext& context) const {
  const at::NoGradGuard no_grad;
  gradient.add_(value, context.weight_decay);
  state[0].addcmul_(gradient, gradient);
  value.addcdiv_(gradient, state[0].sqrt().add_(1e-8), -context.learning_rate);
  gradient.zero_();
}

void ToySgd::step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>&,
                  const StepContext& context) const {
  const at::NoGradGuard no_grad;
  gradient.add_(value, context.weight_decay);
  value.add_(gradient, -context.learning_rate);
  gradient.zero_();
}

}  // namespace cofi::testing
