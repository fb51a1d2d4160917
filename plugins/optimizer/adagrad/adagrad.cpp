// Adagrad: each value's rate falls with the gradients that it has seen.
#include "cofi/kernels/adagrad.hpp"

#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("lr", "0.01", 0, 1000, "Learning rate."),
    cofi::real("lr_decay", "0", 0, 1000, "The rate of step t is divided by 1 + (t - 1) lr_decay."),
    cofi::real("initial_accumulator", "0", 0, 1e9, "What the sums of squared gradients start at."),
    cofi::real("eps", "1e-10", 1e-30, 1, "Added to the root of the squared gradients' sum."),
    cofi::real("weight_decay", "0", 0, 1000,
               "L2 penalty, added to the gradient as weight_decay times the value."),
    cofi::boolean("lazy", "false", "Weight decay only for the rows of the batch."),
};

class Adagrad final : public cofi::Optimizer {
 public:
  explicit Adagrad(const cofi::Params& params)
      : learning_rate_(params.real("lr")), weight_decay_(params.real("weight_decay")) {
    rule_.lr_decay = params.real("lr_decay");
    rule_.initial_accumulator = params.real("initial_accumulator");
    rule_.eps = params.real("eps");
    rule_.lazy = params.boolean("lazy");
  }
  double learning_rate() const override { return learning_rate_; }
  double weight_decay() const override { return weight_decay_; }
  bool lazy() const override { return rule_.lazy; }
  std::vector<std::string> state_names() const override { return {"square_sum"}; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const cofi::StepContext& context) const override {
    const auto& adagrad =
        value.is_cpu() ? cofi::kernels::adagrad : cofi::kernels::adagrad_with_torch;
    adagrad(rule_, value, gradient, state, context);
  }

 private:
  double learning_rate_, weight_decay_;
  cofi::kernels::Adagrad rule_;
};

}  // namespace

COFI_PLUGIN(cofi::Optimizer, Adagrad, "adagrad", "1.0.0",
            "Adagrad: rates that fall with the gradients seen.", kParams)
