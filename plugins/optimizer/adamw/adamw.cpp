// AdamW: Adam whose weight decay shrinks the values themselves.
#include "cofi/kernels/adam.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("lr", "0.001", 0, 1000, "Learning rate."),
    cofi::real("beta1", "0.9", 0, 0.999999, "Decay of the running mean of gradients."),
    cofi::real("beta2", "0.999", 0, 0.999999, "Decay of the running mean of squared gradients."),
    cofi::real("eps", "1e-8", 1e-30, 1, "Added to the root of the squared gradients' mean."),
    cofi::real("weight_decay", "0.01", 0, 1000,
               "A step shrinks the value by lr times weight_decay, apart from the gradient."),
    cofi::boolean("lazy", "false", "Update only the rows of the batch (another algorithm)."),
};

class AdamW final : public cofi::Optimizer {
 public:
  explicit AdamW(const cofi::Params& params)
      : learning_rate_(params.real("lr")), weight_decay_(params.real("weight_decay")) {
    rule_.beta1 = params.real("beta1");
    rule_.beta2 = params.real("beta2");
    rule_.eps = params.real("eps");
    rule_.decoupled = true;
    rule_.lazy = params.boolean("lazy");
  }
  double learning_rate() const override { return learning_rate_; }
  double weight_decay() const override { return weight_decay_; }
  bool lazy() const override { return rule_.lazy; }
  std::vector<std::string> state_names() const override { return {"mean", "mean_square"}; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const cofi::StepContext& context) const override {
    const auto& adam = value.is_cpu() ? cofi::kernels::adam : cofi::kernels::adam_with_torch;
    adam(rule_, value, gradient, state, context);
  }

 private:
  double learning_rate_, weight_decay_;
  cofi::kernels::Adam rule_;
};

}  // namespace

COFI_PLUGIN(cofi::Optimizer, AdamW, "adamw", "1.0.0", "Adam with decoupled weight decay.", kParams)
