// A small neural network on torch::nn and autograd alone: all that a new model needs.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "50", 1, 4096, "Length of the users' and items' embeddings."),
    cofi::integer("hidden", "20", 1, 65536, "Width of the layer between them and the rating."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial embeddings."),
};

class TwoLayer final : public cofi::GradientModel {
 public:
  explicit TwoLayer(const cofi::Params& params)
      : factors_(params.integer("factors")),
        deviation_(params.real("init_deviation")),
        users_(1, factors_),
        items_(1, factors_),
        hidden_(2 * factors_, params.integer("hidden")),
        output_(params.integer("hidden"), 1) {}

  // As torch initializes its modules, from the fit's own random stream.
  void setup(const cofi::FitContext& context) override {
    at::Generator random = at::detail::createCPUGenerator(context.random.stream("init")());
    const at::NoGradGuard no_grad;
    users_ = torch::nn::Embedding(context.users, factors_);
    items_ = torch::nn::Embedding(context.items, factors_);
    users_->weight.normal_(0, deviation_, random);
    items_->weight.normal_(0, deviation_, random);
    for (torch::nn::Linear* layer : {&hidden_, &output_}) {
      const double range = 1 / std::sqrt(static_cast<double>((*layer)->options.in_features()));
      (*layer)->weight.uniform_(-range, range, random);
      (*layer)->bias.uniform_(-range, range, random);
    }
    output_->bias.fill_(context.train.mean());
    for (torch::nn::Module* part : modules()) part->to(context.device);
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    const at::Tensor both = at::cat({users_(batch.users), items_(batch.items)}, 1);
    return output_(hidden_(both).clamp_min(0)).squeeze(1);
  }

  std::vector<cofi::Parameter> parameters() override {
    return {{"user_factors", users_->weight, cofi::Rows::kUsers},
            {"item_factors", items_->weight, cofi::Rows::kItems},
            {"hidden.weight", hidden_->weight},
            {"hidden.bias", hidden_->bias},
            {"output.weight", output_->weight},
            {"output.bias", output_->bias}};
  }

  void state(cofi::Archive& archive) override { parameters_state(archive); }

 private:
  std::vector<torch::nn::Module*> modules() {
    return {users_.get(), items_.get(), hidden_.get(), output_.get()};
  }

  std::int64_t factors_;
  double deviation_;
  torch::nn::Embedding users_, items_;
  torch::nn::Linear hidden_, output_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, TwoLayer, "two_layer", "1.0.0",
            "User and item embeddings into two linear layers with a clamp between.", kParams)
