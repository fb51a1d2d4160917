// Stochastic gradient descent, plain or with momentum.
#include "cofi/kernels/sgd.hpp"

#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("lr", "0.01", 0, 1000, "Learning rate."),
    cofi::real("momentum", "0", 0, 0.999999, "How much of the velocity the next step keeps."),
    cofi::real("dampening", "0", 0, 1, "How much of a gradient the velocity leaves out."),
    cofi::boolean("nesterov", "false", "Nesterov's momentum (needs momentum, and no dampening)."),
    cofi::real("weight_decay", "0", 0, 1000,
               "L2 penalty, added to the gradient as weight_decay times the value."),
    cofi::boolean("lazy", "false",
                  "Update only the rows of the batch, also by weight decay and momentum."),
};

class Sgd final : public cofi::Optimizer {
 public:
  explicit Sgd(const cofi::Params& params)
      : learning_rate_(params.real("lr")), weight_decay_(params.real("weight_decay")) {
    rule_.momentum = params.real("momentum");
    rule_.dampening = params.real("dampening");
    rule_.nesterov = params.boolean("nesterov");
    rule_.lazy = params.boolean("lazy");
    if (rule_.nesterov && rule_.momentum == 0) {
      throw params.error("nesterov", "needs a momentum above 0 (0.9 is usual), or leave it false");
    }
    if (rule_.nesterov && rule_.dampening != 0) {
      throw params.error("nesterov", "goes with dampening 0 only; remove dampening");
    }
  }
  double learning_rate() const override { return learning_rate_; }
  double weight_decay() const override { return weight_decay_; }
  bool lazy() const override { return rule_.lazy; }
  bool plain() const override { return rule_.momentum == 0; }
  std::vector<std::string> state_names() const override {
    return rule_.momentum == 0 ? std::vector<std::string>{} : std::vector<std::string>{"velocity"};
  }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const cofi::StepContext& context) const override {
    const auto& sgd = value.is_cpu() ? cofi::kernels::sgd : cofi::kernels::sgd_with_torch;
    sgd(rule_, value, gradient, state, context);
  }

 private:
  double learning_rate_, weight_decay_;
  cofi::kernels::Sgd rule_;
};

}  // namespace

COFI_PLUGIN(cofi::Optimizer, Sgd, "sgd", "1.0.0",
            "Stochastic gradient descent, with or without momentum.", kParams)
