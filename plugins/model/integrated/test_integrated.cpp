#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::GradientModel> integrated(const std::string& parameters) {
  auto model = make<cofi::Model>("model/integrated", "{" + parameters + "}");
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

double entry(cofi::GradientModel& model, const std::string& name, std::int64_t row,
             std::int64_t column = 0) {
  const at::Tensor all = table(model, name);
  return all.data_ptr<float>()[row * all.stride(0) + column];
}

// Weights between items that are all different.
void fill_weights(cofi::GradientModel& model) {
  for (const char* name : {"explicit_weights", "implicit_weights"}) {
    const at::Tensor weights = table(model, name);
    for (std::int64_t n = 0; n < weights.numel(); ++n) {
      weights.data_ptr<float>()[n] = static_cast<float>(0.5 * std::sin(static_cast<double>(n + 1)));
    }
  }
}

// The README's formula in float64, over hand_toy's ratings: what a user rated of x, y, z.
struct Textbook {
  double mean = 0;
  std::vector<std::vector<double>> ratings = std::vector<std::vector<double>>(3, {0, 0, 0});
  std::vector<double> users = {0, 0, 0}, items = {0, 0, 0};  // b~

  explicit Textbook(const cofi::Interactions& train) {
    for (std::size_t n = 0; n < train.size(); ++n) {
      ratings[id(train.users[n])][id(train.items[n])] = train.values[n];
      mean += train.values[n] / static_cast<double>(train.size());
    }
    for (int epoch = 0; epoch < 10; ++epoch) {
      for (std::size_t i = 0; i < 3; ++i) items[i] = left(i, false) / (10 + count(i, false));
      for (std::size_t u = 0; u < 3; ++u) users[u] = left(u, true) / (15 + count(u, true));
    }
  }

  static std::size_t id(std::int64_t n) { return static_cast<std::size_t>(n); }
  double rating(std::size_t row, std::size_t column, bool user) const {
    return user ? ratings[row][column] : ratings[column][row];
  }
  double count(std::size_t row, bool user) const {
    double n = 0;
    for (std::size_t other = 0; other < 3; ++other) n += rating(row, other, user) != 0;
    return n;
  }
  double left(std::size_t row, bool user) const {
    double sum = 0;
    for (std::size_t other = 0; other < 3; ++other) {
      if (rating(row, other, user) == 0) continue;
      sum += rating(row, other, user) - mean - (user ? items : users)[other];
    }
    return sum;
  }
  double norm(std::size_t u) const { return 1 / std::sqrt(count(u, true)); }
  double residual(std::size_t u, std::size_t j) const {
    return ratings[u][j] - mean - users[u] - items[j];
  }

  // q_i . (p_u + |R(u)|^-1/2 sum of y_j)
  double factors(cofi::GradientModel& model, std::size_t u, std::size_t i,
                 std::int64_t width) const {
    double sum = 0;
    for (std::int64_t f = 0; f < width; ++f) {
      double vector = entry(model, "user_factors", static_cast<std::int64_t>(u), f);
      for (std::size_t j = 0; j < 3; ++j) {
        if (ratings[u][j] != 0) {
          vector += norm(u) * entry(model, "implicit_factors", static_cast<std::int64_t>(j), f);
        }
      }
      sum += vector * entry(model, "item_factors", static_cast<std::int64_t>(i), f);
    }
    return sum;
  }
  double neighbors(cofi::GradientModel& model, std::size_t u, std::size_t i) const {
    double sum = 0, n = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      if (ratings[u][j] == 0 || j == i) continue;
      const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(j);
      sum += residual(u, j) * entry(model, "explicit_weights", row, column) +
             entry(model, "implicit_weights", row, column);
      ++n;
    }
    return n == 0 ? 0 : sum / std::sqrt(n);
  }
  double predict(cofi::GradientModel& model, std::size_t u, std::size_t i,
                 std::int64_t width) const {
    return mean + entry(model, "user_bias", static_cast<std::int64_t>(u)) +
           entry(model, "item_bias", static_cast<std::int64_t>(i)) + factors(model, u, i, width) +
           neighbors(model, u, i);
  }
};

}  // namespace

TEST_CASE("model/integrated predicts as its formula says") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const std::int64_t factors = GENERATE(3, 20);
  CAPTURE(factors);
  const std::string parameters =
      "init_deviation: 0.4, fold_in_reg: 2.0, factors: " + std::to_string(factors);
  const auto model = integrated(parameters);
  model->setup(toy_context.context());
  fill_weights(*model);
  const Textbook textbook(toy_context.context().train);
  SECTION("of every user and item, and explains it") {
    std::vector<std::int32_t> users = {0, 1, 2, -1};
    std::vector<float> scores(12);
    model->score(users, {}, 3, scores.data());
    for (std::int32_t user = 0; user < 3; ++user) {
      for (std::int32_t item = 0; item < 3; ++item) {
        CAPTURE(user, item);
        const double expected =
            textbook.predict(*model, Textbook::id(user), Textbook::id(item), factors);
        CHECK(predict(*model, user, item) == Approx(expected).margin(1e-5));
        CHECK(scores[Textbook::id(user * 3 + item)] == Approx(expected).margin(1e-5));
        CHECK(model->explain(user, item)->sum() == Approx(expected).margin(1e-4));
      }
    }
    for (std::int32_t item = 0; item < 3; ++item) {
      CHECK(scores[Textbook::id(9 + item)] == Approx(predict(*model, -1, item)));
    }
  }
  SECTION("without the terms of unknown ids") {
    CHECK(predict(*model, -1, -1) == Approx(textbook.mean));
    CHECK(predict(*model, 1, -1) == Approx(textbook.mean + entry(*model, "user_bias", 1)));
    CHECK(predict(*model, -1, 2) == Approx(textbook.mean + entry(*model, "item_bias", 2)));
  }
  SECTION("the same after saving and loading") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = integrated(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    for (std::int32_t user = -1; user < 3; ++user) {
      CHECK(predict(*loaded, user, 1) == predict(*model, user, 1));
    }
  }
  SECTION("of a user who is folded in: the gradient of the penalized error vanishes") {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{2, 2};
    rows.items = std::vector<std::int32_t>{0, 1};
    rows.values = std::vector<float>{5, 2};
    const float other = predict(*model, 0, 1);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    CHECK(predict(*model, 0, 1) == other);
    const double first = 5 - double{predict(*model, 2, 0)},
                 second = 2 - double{predict(*model, 2, 1)};
    CHECK(first + second == Approx(2 * entry(*model, "user_bias", 2)).margin(1e-4));
    for (std::int64_t f = 0; f < factors; ++f) {
      const double pull = first * entry(*model, "item_factors", 0, f) +
                          second * entry(*model, "item_factors", 1, f);
      CHECK(pull == Approx(2 * entry(*model, "user_factors", 2, f)).margin(1e-4));
    }
  }
}

TEST_CASE("model/integrated learns") {
  SECTION("of one rating by a pass what a batch of it teaches") {
    Toy toy = cofi::testing::hand_toy();
    toy.train = {0};
    cofi::testing::ToyOptions options;
    options.epochs = 1;
    options.batch = 1;
    options.optimizer =
        make<cofi::Optimizer>("optimizer/sgd", "{lr: 0.05, weight_decay: 0.2, lazy: true}");
    const ToyContext toy_context(toy, options);
    // A lazy step decays every row of a shared table, a pass those that it touches.
    const std::string parameters = "init_deviation: 0.4, factors: 5, reg_implicit: 0.0, solver: ";
    const auto batch = integrated(parameters + "batch");
    const auto sequential = integrated(parameters + "sequential");
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    const auto untrained = integrated(parameters + "batch");
    untrained->setup(toy_context.context());
    for (const char* name : {"user_factors", "item_factors", "implicit_factors"}) {
      CAPTURE(name);
      CHECK(std::abs(entry(*batch, name, 0) - entry(*untrained, name, 0)) > 1e-4);
      for (std::int64_t row = 0; row < 3; ++row) {
        for (std::int64_t f = 0; f < 5; ++f) {
          CHECK(entry(*sequential, name, row, f) ==
                Approx(entry(*batch, name, row, f)).margin(1e-5));
        }
      }
    }
    for (const char* name : {"user_bias", "item_bias"}) {
      CHECK(entry(*sequential, name, 0) == Approx(entry(*batch, name, 0)).margin(1e-5));
    }
  }
  SECTION("a checkerboard, by either solver, with the same bits on two threads") {
    const Toy toy = cofi::testing::block_toy();
    const std::string solver = GENERATE("batch", "sequential");
    CAPTURE(solver);
    cofi::testing::ToyOptions options;
    if (solver == "sequential")
      options.optimizer = make<cofi::Optimizer>("optimizer/sgd", "{lr: 0.02}");
    const ToyContext one(toy, options);
    options.threads = 2;
    const ToyContext two(toy, options);
    const auto a = integrated("factors: 4, solver: " + solver),
               b = integrated("factors: 4, solver: " + solver);
    a->fit(one.context());
    b->fit(two.context());
    CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
    CHECK(cofi::testing::rmse(*a, toy, toy.test) < 0.4);
    CHECK(cofi::testing::predictions(*a, toy, toy.test) ==
          cofi::testing::predictions(*b, toy, toy.test));
  }
  SECTION("constant ratings, of a user with one rating too") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>(6, 4);
    toy.train = {0, 1, 2};
    const ToyContext toy_context(toy);
    const auto model = integrated("factors: 2");
    model->fit(toy_context.context());
    CHECK(predict(*model, 0, 0) == Approx(4).margin(0.05));
    CHECK(predict(*model, 1, 0) == Approx(4).margin(0.05));
  }
}

TEST_CASE("model/integrated refuses what it cannot do") {
  using Catch::Contains;
  CHECK_THROWS_WITH(integrated("explicit: false, implicit: false"),
                    Contains("leaves no neighborhood") && Contains("model/svdpp"));
  CHECK_THROWS_WITH(integrated("shrinkage: 10.0"), Contains("has no use without k"));
  CHECK_THROWS_WITH(integrated("reg_scale: frequency"), Contains("solver: sequential alone"));
  for (const char* rate : {"implicit_rate", "explicit_weights_rate", "implicit_weights_rate"}) {
    CHECK_THROWS_WITH(integrated(std::string(rate) + ": 0.5"),
                      Contains(rate) && Contains("has no use with solver: batch"));
  }
  Toy toy = cofi::testing::hand_toy();
  toy.train.clear();
  const ToyContext toy_context(toy);
  CHECK_THROWS_WITH(integrated("")->fit(toy_context.context()),
                    Contains("no training interactions"));
}
