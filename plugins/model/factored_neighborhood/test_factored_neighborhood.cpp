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

std::unique_ptr<cofi::GradientModel> factored(const std::string& parameters) {
  auto model = make<cofi::Model>("model/factored_neighborhood", "{" + parameters + "}");
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
  double residual(std::size_t u, std::size_t j) const {
    return ratings[u][j] - mean - users[u] - items[j];
  }
  // n^-1/2 q_i . sum of ((r_uj - b~_uj) x_j + y_j) over the n items that u rated, but for i itself
  // where it is left out.
  double predict(cofi::GradientModel& model, std::size_t u, std::size_t i, bool leave_out) const {
    const std::int64_t width = table(model, "item_factors").size(1);
    double sum = 0, n = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      if (ratings[u][j] == 0 || (leave_out && j == i)) continue;
      ++n;
      const auto row = static_cast<std::int64_t>(j);
      for (std::int64_t f = 0; f < width; ++f) {
        sum += entry(model, "item_factors", static_cast<std::int64_t>(i), f) *
               (residual(u, j) * entry(model, "explicit_factors", row, f) +
                entry(model, "implicit_factors", row, f));
      }
    }
    return mean + entry(model, "user_bias", static_cast<std::int64_t>(u)) +
           entry(model, "item_bias", static_cast<std::int64_t>(i)) +
           (n == 0 ? 0 : sum / std::sqrt(n));
  }
};

}  // namespace

TEST_CASE("model/factored_neighborhood predicts as its formula says") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const std::int64_t factors = GENERATE(3, 20);
  CAPTURE(factors);
  const bool leave_out = GENERATE(true, false);
  CAPTURE(leave_out);
  const std::string parameters =
      "init_deviation: 0.4, fold_in_reg: 2.0, factors: " + std::to_string(factors) +
      (leave_out ? "" : ", leave_out: false");
  const auto model = factored(parameters);
  model->setup(toy_context.context());
  const Textbook textbook(toy_context.context().train);
  SECTION("of every user and item, and explains it") {
    std::vector<std::int32_t> users = {0, 1, 2, -1};
    std::vector<float> scores(12);
    model->score(users, {}, 3, scores.data());
    for (std::int32_t user = 0; user < 3; ++user) {
      for (std::int32_t item = 0; item < 3; ++item) {
        CAPTURE(user, item);
        const double expected =
            textbook.predict(*model, Textbook::id(user), Textbook::id(item), leave_out);
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
    const auto loaded = factored(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    for (std::int32_t user = -1; user < 3; ++user) {
      CHECK(predict(*loaded, user, 1) == predict(*model, user, 1));
    }
  }
  SECTION("of a user who is folded in: its bias is the damped average of what the rest leaves") {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{2, 2};
    rows.items = std::vector<std::int32_t>{0, 1};
    rows.values = std::vector<float>{5, 2};
    const float other = predict(*model, 0, 1);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    CHECK(predict(*model, 0, 1) == other);
    const double first = 5 - double{predict(*model, 2, 0)},
                 second = 2 - double{predict(*model, 2, 1)};
    // b_u = what is left without it / (2 + 2)
    CHECK(first + second == Approx(2 * entry(*model, "user_bias", 2)).margin(1e-4));
  }
}

TEST_CASE("model/factored_neighborhood learns") {
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
    const std::string parameters =
        "init_deviation: 0.4, factors: 5, leave_out: false, reg_explicit: 0.0, reg_implicit: 0.0, "
        "solver: ";
    const auto batch = factored(parameters + "batch");
    const auto sequential = factored(parameters + "sequential");
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    const auto untrained = factored(parameters + "batch");
    untrained->setup(toy_context.context());
    for (const char* name : {"item_factors", "explicit_factors", "implicit_factors"}) {
      CAPTURE(name);
      // The only rating is the mean: its residual is 0, and x stays.
      const bool moves = std::string(name) != "explicit_factors";
      CHECK((std::abs(entry(*batch, name, 0) - entry(*untrained, name, 0)) > 1e-4) == moves);
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
  SECTION("of a user's ratings by a pass what one step of each teaches x and y in float64") {
    Toy toy = cofi::testing::hand_toy();
    toy.train = {0, 1};  // of user a: x and y
    const bool leave_out = GENERATE(true, false);
    CAPTURE(leave_out);
    cofi::testing::ToyOptions options;
    options.optimizer = make<cofi::Optimizer>("optimizer/sgd", "{lr: 0.05}");
    const ToyContext toy_context(toy, options);
    const std::string parameters =
        std::string("init_deviation: 0.4, factors: 3, solver: sequential, ") +
        "neighbor_rate: 0.5, reg_explicit: 0.2, leave_out: " + (leave_out ? "true" : "false");
    const auto before = factored(parameters), after = factored(parameters);
    before->begin(toy_context.context());
    after->begin(toy_context.context());
    const Textbook textbook(toy_context.context().train);
    // The first rating's step moves the bias that the second one's prediction is made of.
    cofi::Random order =
        toy_context.context().random.stream("pass").stream(1).stream("ratings").stream(0);
    const auto ratings = order.permutation(2);
    const double norm = leave_out ? 1 : 1 / std::sqrt(2.0);
    std::vector<std::vector<double>> pulls(2, std::vector<double>(3));
    double bias_step = 0;
    for (const std::int32_t n : ratings) {
      const std::size_t i = Textbook::id(n);
      const double slope =
          2 * (textbook.predict(*before, 0, i, leave_out) + bias_step - textbook.ratings[0][i]);
      for (std::int64_t f = 0; f < 3; ++f) {
        pulls[i][Textbook::id(f)] = slope * norm * entry(*before, "item_factors", n, f);
      }
      bias_step -= 0.05 * slope;
    }
    after->epoch(1);
    for (std::int64_t j = 0; j < 2; ++j) {
      for (std::int64_t f = 0; f < 3; ++f) {
        const std::size_t c = Textbook::id(f), own = Textbook::id(j);
        const double pull = pulls[1 - own][c] + (leave_out ? 0 : pulls[own][c]);
        const double x = entry(*before, "explicit_factors", j, f);
        CHECK(entry(*after, "explicit_factors", j, f) ==
              Approx(x - 0.025 * (textbook.residual(0, own) * pull + 2 * 0.2 * x)).margin(1e-5));
        CHECK(entry(*after, "implicit_factors", j, f) ==
              Approx(entry(*before, "implicit_factors", j, f) - 0.025 * pull).margin(1e-5));
      }
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
    const auto a = factored("factors: 4, solver: " + solver),
               b = factored("factors: 4, solver: " + solver);
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
    const auto model = factored("factors: 2");
    model->fit(toy_context.context());
    CHECK(predict(*model, 0, 0) == Approx(4).margin(0.05));
    CHECK(predict(*model, 1, 0) == Approx(4).margin(0.05));
  }
}

TEST_CASE("model/factored_neighborhood refuses what it cannot do") {
  using Catch::Contains;
  CHECK_THROWS_WITH(factored("reg_scale: frequency"), Contains("solver: sequential alone"));
  CHECK_THROWS_WITH(factored("neighbor_rate: 0.5"),
                    Contains("neighbor_rate") && Contains("has no use with solver: batch"));
  Toy toy = cofi::testing::hand_toy();
  toy.train.clear();
  const ToyContext toy_context(toy);
  CHECK_THROWS_WITH(factored("")->fit(toy_context.context()), Contains("no training interactions"));
}
