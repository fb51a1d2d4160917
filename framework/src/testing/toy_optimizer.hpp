// The optimizers of toy contexts, plain rather than fast.
#pragma once

#include <string>
#include <vector>

#include "cofi/optimizer.hpp"

namespace cofi::testing {

// Dense Adagrad in double.
class ToyOptimizer final : public Optimizer {
 public:
  double learning_rate() const override { return 0.1; }
  double weight_decay() const override { return 0; }
  std::vector<std::string> state_names() const override { return {"sum"}; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override;
};

// Plain gradient descent, as models with passes of their own want it.
class ToySgd final : public Optimizer {
 public:
  double learning_rate() const override { return 0.02; }
  double weight_decay() const override { return 0; }
  bool plain() const override { return true; }
  std::vector<std::string> state_names() const override { return {}; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override;
};

}  // namespace cofi::testing
