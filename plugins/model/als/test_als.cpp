#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::IterativeModel> als(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/als", parameters);
  return std::unique_ptr<cofi::IterativeModel>(static_cast<cofi::IterativeModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

at::Tensor table(cofi::Model& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

Toy with_values(Toy toy, float value) {
  toy.data.interactions.values = std::vector<float>(toy.data.interactions.size(), value);
  return toy;
}

// A side's rows after its half of an epoch, against the equations of its minimum in float64: the
// slope of sum (prediction - rating)^2 + penalty |row|^2 by every number of the row, halved. The
// largest one's size.
double largest_slope(cofi::Model& model, const cofi::Interactions& train, bool items, double reg,
                     double reg_bias, const std::string& scale, bool joint) {
  const at::Tensor own = table(model, items ? "item_factors" : "user_factors");
  const at::Tensor across = table(model, items ? "user_factors" : "item_factors");
  const auto factors = static_cast<std::size_t>(own.size(1));
  std::map<std::int32_t, std::vector<double>> slopes;
  std::map<std::int32_t, double> counts;
  for (std::size_t n = 0; n < train.size(); ++n) {
    const std::int32_t id = items ? train.items[n] : train.users[n];
    const std::int32_t other = items ? train.users[n] : train.items[n];
    std::vector<double>& slope = slopes[id];
    slope.resize(factors + 1);
    const double error = double{predict(model, train.users[n], train.items[n])} - train.values[n];
    for (std::size_t f = 0; f < factors; ++f) {
      slope[f] += error * across[other][static_cast<std::int64_t>(f)].item<double>();
    }
    slope[factors] += error;
    counts[id] += 1;
  }
  double largest = 0;
  for (auto& [id, slope] : slopes) {
    const double times = scale == "count"  ? counts[id]
                         : scale == "none" ? 1
                                           : std::sqrt(counts[id]);
    for (std::size_t f = 0; f < factors; ++f) {
      slope[f] += times * reg * own[id][static_cast<std::int64_t>(f)].item<double>();
    }
    if (joint) {
      const at::Tensor bias = table(model, items ? "item_bias" : "user_bias");
      slope[factors] += times * reg_bias * bias[id].item<double>();
    }
    slope.resize(factors + (joint ? 1 : 0));
    for (const double s : slope) largest = std::max(largest, std::abs(s));
  }
  return largest;
}

}  // namespace

TEST_CASE("model/als solves its equations") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  SECTION("items after users: the error's slope by each item's numbers vanishes") {
    for (const char* scale : {"none", "count", "frequency"}) {
      for (const char* biases : {"baseline", "joint", "none"}) {
        INFO(scale << ", " << biases);
        const bool joint = std::string(biases) == "joint";
        const auto model =
            als(std::string("{factors: 2, init_deviation: 1.0, reg_user_factors: "
                            "0.3, reg_item_factors: 0.2, reg_scale: ") +
                scale + ", biases: " + biases + (joint ? ", reg_item_bias: 0.7}" : "}"));
        model->begin(toy_context.context());
        model->epoch(1);
        CHECK(largest_slope(*model, toy_context.context().train, true, 0.2, 0.7, scale, joint) <
              1e-5);
        CHECK(table(*model, "item_factors").abs().max().item<double>() > 0.01);
      }
    }
  }
  SECTION("users first: the same for a user's, folded in from its own ratings") {
    const cofi::Interactions& train = toy_context.context().train;
    for (const char* biases : {"baseline", "joint", "none"}) {
      INFO(biases);
      const bool joint = std::string(biases) == "joint";
      const auto model = als(std::string("{factors: 2, init_deviation: 1.0, reg_user_factors: 0.3, "
                                         "reg_item_factors: 0.2, biases: ") +
                             biases + "}");
      model->fit(toy_context.context());
      cofi::Interactions rows;  // what user 0 rated, as user 2's
      rows.users = std::vector<std::int32_t>{2, 2};
      rows.items = std::vector<std::int32_t>{0, 1};
      rows.values = std::vector<float>{5, 3};
      const float other = predict(*model, 1, 2);
      REQUIRE(model->fold_in(rows, toy_context.pool()));
      CHECK(predict(*model, 1, 2) == other);
      CHECK(largest_slope(*model, rows, false, 0.3, 0.3, "count", joint) < 1e-5);
      // And all users', folded in at once.
      REQUIRE(model->fold_in(train, toy_context.pool()));
      CHECK(largest_slope(*model, train, false, 0.3, 0.3, "count", joint) < 1e-5);
    }
  }
  SECTION("the loss is the mean squared error of the training ratings") {
    const auto model = als("{factors: 2, reg_user_factors: 0.01, reg_item_factors: 0.01}");
    model->begin(toy_context.context());
    const double loss = model->epoch(1);
    const double rmse = cofi::testing::rmse(*model, toy, toy.train);
    CHECK(loss == Approx(rmse * rmse).epsilon(1e-4));
  }
  SECTION("baseline: with factors of zero, what model/bias says") {
    const auto model = als("{init_deviation: 0.0, reg_user_bias: 1.0, reg_item_bias: 2.0}");
    const auto bias =
        cofi::testing::make<cofi::Model>("model/bias", "{reg_user: 1.0, reg_item: 2.0}");
    model->fit(toy_context.context());
    bias->fit(toy_context.context());
    for (std::int32_t user = -1; user < 3; ++user) {
      for (std::int32_t item = -1; item < 3; ++item) {
        CHECK(predict(*model, user, item) == Approx(predict(*bias, user, item)));
      }
    }
  }
}

TEST_CASE("model/als learns, explains and remembers") {
  const Toy toy = cofi::testing::block_toy();
  ToyOptions options;
  options.epochs = 10;
  const ToyContext one(toy, options);
  for (const char* biases : {"baseline", "joint", "none"}) {
    INFO(biases);
    const std::string parameters =
        std::string("{factors: 4, reg_user_factors: 0.02, reg_item_factors: 0.02, biases: ") +
        biases + "}";
    const auto model = als(parameters);
    model->fit(one.context());
    CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
    CHECK(cofi::testing::rmse(*model, toy, toy.test) < 0.1);
    options.threads = 2;
    const ToyContext two(toy, options);
    const auto again = als(parameters);
    again->fit(two.context());
    for (const cofi::Parameter& parameter : model->parameters()) {
      CHECK(at::equal(parameter.value, table(*again, parameter.name)));
    }
    const double mean = one.context().train.mean();
    CHECK(predict(*model, -1, -1) == Approx(mean));
    CHECK(predict(*model, 40, 30) == Approx(mean));  // neither has ratings
    CHECK(model->explain(3, 4)->sum() == Approx(predict(*model, 3, 4)).margin(1e-5));
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = als(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(predict(*loaded, 3, 4) == predict(*model, 3, 4));
  }
  SECTION("predictions stay on the rating scale where it clips, and the explanation says so") {
    const auto model = als("{factors: 4, reg_user_factors: 0.02, clip: true}");
    cofi::FitContext narrow = one.context();
    narrow.scale = {2, 4};
    model->fit(narrow);
    CHECK(predict(*model, 0, 0) == 4);
    CHECK(model->explain(0, 0)->terms.back().name == "clipping");
    CHECK(model->explain(0, 0)->sum() == Approx(4));
  }
}

TEST_CASE("model/als on data that it can hardly learn from") {
  SECTION("no ratings: an error") {
    Toy toy = cofi::testing::hand_toy();
    toy.train.clear();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(als("{}")->fit(toy_context.context()),
                      Contains("model/als") && Contains("no training ratings"));
  }
  SECTION("constant ratings are predicted") {
    const ToyContext toy_context(with_values(cofi::testing::hand_toy(), 4));
    for (const char* biases : {"baseline", "joint", "none"}) {
      const auto model = als(std::string("{biases: ") + biases + "}");
      model->fit(toy_context.context());
      CHECK(predict(*model, 0, 2) == Approx(4));
    }
  }
  SECTION("a user with one rating, more factors than users and items: the penalty decides") {
    Toy toy = cofi::testing::hand_toy();
    toy.train = {0, 2, 3, 4, 5};
    const ToyContext toy_context(toy);
    const auto model = als("{factors: 40}");
    model->fit(toy_context.context());
    CHECK(std::isfinite(predict(*model, 0, 0)));
  }
  SECTION("without a penalty that is an error which says what to change") {
    const ToyContext toy_context(cofi::testing::hand_toy());
    CHECK_THROWS_WITH(als("{factors: 40, reg_user_factors: 0.0}")->fit(toy_context.context()),
                      Contains("40 factors") && Contains("raise the regularization"));
  }
  SECTION("penalties of biases that there are not") {
    CHECK_THROWS_WITH(als("{biases: none, reg_user_bias: 1.0}"),
                      Contains("model/als") && Contains("reg_user_bias") &&
                          Contains("has no use with biases: none"));
  }
}

TEST_CASE("model/als keeps the promises of models with other parameters, too") {
  for (const char* parameters :
       {"{biases: joint, reg_scale: frequency, factors: 5}", "{biases: none, factors: 17}",
        "{reg_scale: none, clip: true, reg_user_factors: 5.0, reg_item_factors: 5.0}"}) {
    INFO(parameters);
    cofi::testing::check(
        cofi::testing::check_model(cofi::testing::maker<cofi::Model>("model/als", parameters)));
  }
}
