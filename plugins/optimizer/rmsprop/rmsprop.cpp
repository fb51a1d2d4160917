// RMSprop: steps scaled by a running mean of the gradient's square.
#include "cofi/kernels/rmsprop.hpp"

#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("lr", "0.01", 0, 1000, "Learning rate."),
    cofi::real("alpha", "0.99", 0, 0.999999, "Decay of the running mean of squared gradients."),
    cofi::real("eps", "1e-8", 1e-30, 1, "Added to the root of the squared gradients' mean."),
    cofi::real("momentum", "0", 0, 0.999999, "How much of the velocity the next step keeps."),
    cofi::boolean("centered", "false", "Scale by the gradient's variance, not its mean square."),
    cofi::real("weight_decay", "0", 0, 1000,
               "L2 penalty, added to the gradient as weight_decay times the value."),
    cofi::boolean("lazy", "false", "Update only the rows of the batch (another algorithm)."),
};

class Rmsprop final : public cofi::Optimizer {
 public:
  explicit Rmsprop(const cofi::Params& params)
      : learning_rate_(params.real("lr")), weight_decay_(params.real("weight_decay")) {
    rule_.alpha = params.real("alpha");
    rule_.eps = params.real("eps");
    rule_.momentum = params.real("momentum");
    rule_.centered = params.boolean("centered");
    rule_.lazy = params.boolean("lazy");
  }
  double learning_rate() const override { return learning_rate_; }
  double weight_decay() const override { return weight_decay_; }
  bool lazy() const override { return rule_.lazy; }
  std::vector<std::string> state_names() const override {
    std::vector<std::string> names = {"mean_square"};
    if (rule_.momentum != 0) names.emplace_back("velocity");
    if (rule_.centered) names.emplace_back("mean");
    return names;
  }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const cofi::StepContext& context) const override {
    const auto& rmsprop =
        value.is_cpu() ? cofi::kernels::rmsprop : cofi::kernels::rmsprop_with_torch;
    rmsprop(rule_, value, gradient, state, context);
  }

 private:
  double learning_rate_, weight_decay_;
  cofi::kernels::Rmsprop rule_;
};

}  // namespace

COFI_PLUGIN(cofi::Optimizer, Rmsprop, "rmsprop", "1.0.0",
            "RMSprop, plain, centered or with momentum.", kParams)
