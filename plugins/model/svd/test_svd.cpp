#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::GradientModel> svd(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/svd", parameters);
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

// What the trainer knows of one side of a batch.
struct Side {
  std::vector<std::int32_t> rows, starts, order;
  explicit Side(const std::vector<std::int32_t>& ids) {
    std::map<std::int32_t, std::vector<std::int32_t>> groups;
    for (std::size_t n = 0; n < ids.size(); ++n) {
      groups[ids[n]].push_back(static_cast<std::int32_t>(n));
    }
    for (const auto& [id, positions] : groups) {
      rows.push_back(id);
      starts.push_back(static_cast<std::int32_t>(order.size()));
      order.insert(order.end(), positions.begin(), positions.end());
    }
    starts.push_back(static_cast<std::int32_t>(order.size()));
  }
  cofi::BatchRows view() const { return {rows, starts, order}; }
};

// A batch of every third training row of a toy, users and items repeated.
struct ToyBatch {
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  explicit ToyBatch(const Toy& toy) {
    const cofi::Interactions& all = toy.data.interactions;
    for (std::size_t n = 0; n < toy.train.size(); n += 3) {
      const auto row = static_cast<std::size_t>(toy.train[n]);
      users.push_back(all.users[row]);
      items.push_back(all.items[row]);
      values.push_back(all.values[row]);
    }
  }
  cofi::Batch view() {
    const auto n = static_cast<std::int64_t>(users.size());
    return {at::from_blob(users.data(), {n}, at::kInt),
            at::from_blob(items.data(), {n}, at::kInt),
            at::from_blob(values.data(), {n}, at::kFloat),
            {}};
  }
};

struct Fused {
  std::vector<at::Tensor> gradients;
  double loss_sum = 0;
};

Fused fused_gradient(cofi::GradientModel& model, ToyBatch& batch, const cofi::PointwiseLoss& loss,
                     const cofi::ThreadPool& pool) {
  Fused result;
  for (const cofi::Parameter& parameter : model.parameters()) {
    const at::Tensor& value = parameter.value;
    result.gradients.push_back(cofi::kernels::zeros_laid_out_as(value));
  }
  const Side users(batch.users), items(batch.items);
  cofi::RowGradients out{result.gradients,
                         users.view(),
                         items.view(),
                         loss,
                         1.0 / static_cast<double>(batch.users.size()),
                         pool};
  REQUIRE(model.gradient(batch.view(), out, result.loss_sum));
  return result;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

}  // namespace

TEST_CASE("model/svd starts") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  cofi::FitContext context = toy_context.context();
  SECTION("as torch.nn.Embedding does after torch.manual_seed(0)") {
    // Printed by Python's torch 1.13.1 for the tables of ml-latest-small.
    context.users = 671;
    context.items = 9066;
    context.random = cofi::Random(0).stream("cell");
    const auto model = svd("{init: torch}");
    model->setup(context);
    const at::Tensor users = table(*model, "user_factors"), items = table(*model, "item_factors");
    const at::Tensor user_bias = table(*model, "user_bias"), item_bias = table(*model, "item_bias");
    CHECK(users[0][0].item<float>() == 0.000516206608F);
    CHECK(users[0][1].item<float>() == 0.0044292938F);
    CHECK(users[0][2].item<float>() == 0.00115139992F);
    CHECK(user_bias[0].item<float>() == 0.00391376019F);
    CHECK(user_bias[1].item<float>() == -0.0056137857F);
    CHECK(items[0][0].item<float>() == 0.00173898996F);
    CHECK(items[0][1].item<float>() == 0.00218581455F);
    CHECK(item_bias[0].item<float>() == -0.00319908722F);
    CHECK(users.sum().item<double>() == Approx(167.315953).epsilon(1e-6));
    CHECK(user_bias.sum().item<double>() == Approx(-0.020266908).epsilon(1e-4));
    CHECK(items.sum().item<double>() == Approx(2266.28546).epsilon(1e-6));
    CHECK(item_bias.sum().item<double>() == Approx(-0.789911985).epsilon(1e-4));
  }
  SECTION("uniform within the stated ranges, filling them") {
    context.users = 500;
    const auto model = svd("{init_low: -0.2, init_high: 0.3}");
    model->setup(context);
    const at::Tensor factors = table(*model, "user_factors");
    CHECK(factors.min().item<double>() == Approx(-0.2).margin(0.001));
    CHECK(factors.max().item<double>() == Approx(0.3).margin(0.001));
    CHECK(factors.mean().item<double>() == Approx(0.05).margin(0.005));
    const at::Tensor bias = table(*model, "user_bias");
    CHECK(bias.min().item<double>() >= -0.01F);
    CHECK(bias.max().item<double>() < 0.01F);
  }
  SECTION("normal with the stated deviation, and biases at zero") {
    context.users = 500;
    const auto model = svd("{init_distribution: normal, init_deviation: 0.25}");
    model->setup(context);
    const at::Tensor factors = table(*model, "user_factors");
    CHECK(factors.mean().item<double>() == Approx(0).margin(0.005));
    CHECK(factors.std().item<double>() == Approx(0.25).epsilon(0.02));
    CHECK(table(*model, "user_bias").abs().sum().item<double>() == 0);
  }
  SECTION("from the seed alone") {
    const auto a = svd("{}"), b = svd("{}"), other = svd("{}");
    a->setup(context);
    b->setup(context);
    context.random = cofi::Random(2);
    other->setup(context);
    CHECK(at::equal(table(*a, "item_factors"), table(*b, "item_factors")));
    CHECK_FALSE(at::equal(table(*a, "item_factors"), table(*other, "item_factors")));
  }
  SECTION("never from a range that is upside down") {
    CHECK_THROWS_WITH(svd("{init_low: 0.5, init_high: 0.1}"),
                      Catch::Contains("model/svd") && Catch::Contains("init_high") &&
                          Catch::Contains("below init_low"));
  }
  SECTION("at the given mean, else at the training values'") {
    const auto given = svd("{mean: 2.5}"), own = svd("{}");
    given->setup(context);
    own->setup(context);
    CHECK(predict(*given, -1, -1) == 2.5F);
    CHECK(predict(*own, -1, -1) == 3.0F);
  }
}

TEST_CASE("model/svd's fused gradient") {
  const std::int64_t factors = GENERATE(1, 10, 100);
  const cofi::PointwiseLoss::Kind kind =
      GENERATE(cofi::PointwiseLoss::Kind::kMse, cofi::PointwiseLoss::Kind::kMae,
               cofi::PointwiseLoss::Kind::kHuber);
  CAPTURE(factors, static_cast<int>(kind));
  const cofi::PointwiseLoss loss{kind, 0.7};
  const Toy toy = cofi::testing::block_toy();
  const ToyContext one(toy);
  ToyBatch batch(toy);
  const auto model =
      svd("{init_low: -0.5, init_high: 0.5, factors: " + std::to_string(factors) + "}");
  model->setup(one.context());

  const Fused fused = fused_gradient(*model, batch, loss, one.pool());
  SECTION("agrees with autograd") {
    for (cofi::Parameter& parameter : model->parameters()) parameter.value.requires_grad_(true);
    const at::Tensor mean_loss = model->loss(batch.view(), loss);
    mean_loss.backward();
    CHECK(fused.loss_sum / static_cast<double>(batch.users.size()) ==
          Approx(mean_loss.item<double>()).epsilon(1e-6));
    const auto parameters = model->parameters();
    for (std::size_t n = 0; n < parameters.size(); ++n) {
      CAPTURE(parameters[n].name);
      CHECK(fused.gradients[n].abs().sum().item<double>() > 0);
      CHECK(at::allclose(fused.gradients[n], parameters[n].value.grad(), 1e-5, 1e-7));
    }
  }
  SECTION("has the same bits on three threads") {
    const cofi::ThreadPool three(3);
    const Fused again = fused_gradient(*model, batch, loss, three);
    CHECK(again.loss_sum == fused.loss_sum);
    for (std::size_t n = 0; n < fused.gradients.size(); ++n) {
      CHECK(at::equal(again.gradients[n], fused.gradients[n]));
    }
  }
}

TEST_CASE("model/svd predicts") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const auto make = [&](const std::string& parameters) {
    auto model = svd(parameters);
    model->setup(toy_context.context());
    return model;
  };
  const std::string wide = "factors: 20, init_low: 0.5, init_high: 1";
  const auto model = make("{" + wide + "}");
  const auto row = [&](const std::string& name, std::int64_t id) {
    return table(*model, name)[id];
  };
  const double bias_a = row("user_bias", 0).item<double>();
  const double bias_y = row("item_bias", 1).item<double>();
  const double dot = (row("user_factors", 0) * row("item_factors", 1)).sum().item<double>();
  SECTION("mean + b_u + b_i + p_u . q_i, without the terms of unknown ids") {
    CHECK(predict(*model, 0, 1) == Approx(3 + bias_a + bias_y + dot));
    CHECK(predict(*model, 0, -1) == Approx(3 + bias_a));
    CHECK(predict(*model, -1, 1) == Approx(3 + bias_y));
  }
  SECTION("what forward() computes") {
    ToyBatch batch(toy);
    const at::Tensor all = model->forward(batch.view());
    for (std::size_t n = 0; n < batch.users.size(); ++n) {
      CHECK(predict(*model, batch.users[n], batch.items[n]) ==
            Approx(all[static_cast<std::int64_t>(n)].item<float>()).epsilon(1e-6));
    }
  }
  SECTION("within the rating scale where it clips, and says so") {
    const auto clipped = make("{clip: true, " + wide + "}");
    REQUIRE(predict(*model, 0, 1) > 5);
    CHECK(predict(*clipped, 0, 1) == 5);
    const auto why = clipped->explain(0, 1);
    REQUIRE(why);
    CHECK(why->terms.back().name == "clipping");
    CHECK(why->terms.back().value == Approx(5 - (3 + bias_a + bias_y + dot)));
  }
  SECTION("with an explanation whose terms add up") {
    const auto why = model->explain(0, 1);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 4);
    CHECK(why->sum() == Approx(predict(*model, 0, 1)));
    CHECK(model->explain(-1, -1)->terms.size() == 1);
  }
  SECTION("for a user who was folded in by ridge regression: the gradient of its error vanishes") {
    const auto folded = make("{fold_in_reg: 0.5, " + wide + "}");
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{0, 0};
    rows.items = std::vector<std::int32_t>{1, 2};
    rows.values = std::vector<float>{5, 2};
    const float other = predict(*folded, 1, 1);
    REQUIRE(folded->fold_in(rows, toy_context.pool()));
    CHECK(predict(*folded, 1, 1) == other);
    const auto of = [&](const std::string& name, std::int64_t id) {
      return table(*folded, name)[id];
    };
    const double first = 5 - double{predict(*folded, 0, 1)};
    const double second = 2 - double{predict(*folded, 0, 2)};
    CHECK(first + second == Approx(0.5 * of("user_bias", 0).item<double>()).margin(1e-5));
    const at::Tensor pull = of("item_factors", 1) * first + of("item_factors", 2) * second;
    CHECK(at::allclose(pull, of("user_factors", 0) * 0.5, 1e-4, 1e-5));
  }
  SECTION("the same after saving and loading into an empty model") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = svd("{" + wide + "}");
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(predict(*loaded, 0, 1) == predict(*model, 0, 1));
    CHECK(predict(*loaded, -1, -1) == predict(*model, -1, -1));
  }
}
