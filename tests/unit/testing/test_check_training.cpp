// What the kit asks of models that train in epochs: one small model a defect.
#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;

// mean + b_u + b_i, each epoch a step of gradient descent with momentum on all ratings.
class Descent : public cofi::IterativeModel {
 public:
  void begin(const cofi::FitContext& context) override {
    context_ = &context;
    mean_ = context.train.mean();
    biases_ = at::zeros({context.users + context.items});
    velocity_ = at::zeros_like(biases_);
    users_ = context.users;
  }
  double epoch(std::int64_t) override {
    const cofi::Interactions& train = context_->train;
    at::Tensor gradient = at::zeros_like(biases_);
    double sum = 0;
    for (std::size_t n = 0; n < train.size(); ++n) {
      const float e = one(train.users[n], train.items[n]) - train.values[n];
      sum += e * e;
      gradient.data_ptr<float>()[train.users[n]] += e;
      gradient.data_ptr<float>()[users_ + train.items[n]] += e;
    }
    velocity_.mul_(0.5).add_(gradient, 0.01);
    biases_.sub_(velocity_);
    return train.size() == 0 ? 0 : sum / static_cast<double>(train.size());
  }
  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = one(query.users[n], query.items[n]);
  }
  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("biases", biases_);
    archive("users", users_);
  }
  void training_state(cofi::Archive& archive) override { archive("velocity", velocity_); }

 private:
  float one(std::int32_t user, std::int32_t item) const {
    const float* biases = biases_.data_ptr<float>();
    return static_cast<float>(mean_) + (user < 0 ? 0 : biases[user]) +
           (item < 0 ? 0 : biases[users_ + item]);
  }

  const cofi::FitContext* context_ = nullptr;
  double mean_ = 0;
  std::int64_t users_ = 0;
  at::Tensor biases_ = at::zeros({0}), velocity_ = at::zeros({0});
};
class LosesItsMomentum : public Descent {
  void training_state(cofi::Archive&) override {}
};

// The same by the framework's gradient training.
class Biases : public cofi::GradientModel {
 public:
  void setup(const cofi::FitContext& context) override {
    users_ = at::zeros({context.users});
    items_ = at::zeros({context.items});
    train_mean_ = context.train.mean();
  }
  std::vector<cofi::Parameter> parameters() override {
    return {{"users", users_, cofi::Rows::kUsers}, {"items", items_, cofi::Rows::kItems}};
  }
  at::Tensor forward(const cofi::Batch& batch) override {
    return at::index_select(users_, 0, batch.users) + at::index_select(items_, 0, batch.items) +
           train_mean_;
  }
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    float* users = out.gradients[0].data_ptr<float>();
    float* items = out.gradients[1].data_ptr<float>();
    for (std::int64_t n = 0; n < batch.size(); ++n) {
      const std::int32_t user = batch.users.data_ptr<std::int32_t>()[n];
      const std::int32_t item = batch.items.data_ptr<std::int32_t>()[n];
      const float e = users_.data_ptr<float>()[user] + items_.data_ptr<float>()[item] +
                      static_cast<float>(train_mean_) - batch.values.data_ptr<float>()[n];
      loss_sum += out.loss.value(e);
      const float slope = out.loss.slope(e) * static_cast<float>(out.scale);
      users[user] += slope;
      items[item] += slope;
    }
    return true;
  }
  void state(cofi::Archive& archive) override { parameters_state(archive); }

 protected:
  at::Tensor users_ = at::zeros({0}), items_ = at::zeros({0});
};
class AutogradAlone : public Biases {
  bool gradient(const cofi::Batch&, cofi::RowGradients&, double&) override { return false; }
};
class DoublesItsItems : public Biases {
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    Biases::gradient(batch, out, loss_sum);
    out.gradients[1].mul_(1.001);
    return true;
  }
};
class ForgetsTheLoss : public Biases {
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double&) override {
    double ignored = 0;
    return Biases::gradient(batch, out, ignored);
  }
};
class KnowsOneLoss : public Biases {
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    const cofi::PointwiseLoss mse;
    cofi::RowGradients with_mse{out.gradients, out.users, out.items, mse, out.scale, out.pool};
    return Biases::gradient(batch, with_mse, loss_sum);
  }
};

template <class Class>
Findings findings() {
  ModelCheck options;
  options.fit.epochs = 20;
  return check_model(factory<cofi::Model, Class>(), options);
}
std::string agrees(const std::string& loss) {
  return "the analytic gradient agrees with autograd (" + loss + ")";
}
std::size_t asked(const Findings& all, const std::string& check) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const Finding& finding) { return finding.check == check; }));
}

}  // namespace

TEST_CASE("conformance of models that train in epochs") {
  SECTION("good ones pass") {
    check(findings<Descent>());
    const Findings biases = findings<Biases>();
    check(biases);
    for (const char* loss : {"mse", "mae", "huber"}) CHECK(asked(biases, agrees(loss)) == 1);
    const Findings autograd = findings<AutogradAlone>();
    check(autograd);
    CHECK(asked(autograd, agrees("mse")) == 0);
  }
  SECTION("resuming needs all that training needs") {
    CHECK(failures(findings<LosesItsMomentum>()) ==
          Failed{"interrupted and resumed equals uninterrupted"});
  }
  SECTION("gradients are those of the loss") {
    const Findings doubled = findings<DoublesItsItems>();
    CHECK(failures(doubled) == Failed{agrees("mse"), agrees("mae"), agrees("huber")});
    CHECK_THAT(message(doubled, agrees("mse")),
               Catch::Matchers::StartsWith("the gradient of 'items' differs by "));
    CHECK(failures(findings<KnowsOneLoss>()) == Failed{agrees("mae"), agrees("huber")});
    CHECK_THAT(message(findings<ForgetsTheLoss>(), agrees("mae")),
               Catch::Matchers::StartsWith("the batch's mean loss is 0 and forward's "));
  }
}
