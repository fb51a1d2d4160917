#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/conformance.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::Model> bayesian_svd(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/bayesian_svd", "{" + parameters + "}");
}

std::unique_ptr<cofi::Model> fitted(const std::string& parameters, const Toy& toy,
                                    std::int64_t epochs = 200) {
  ToyOptions options;
  options.epochs = epochs;
  const ToyContext context(toy, options);
  auto model = bayesian_svd(parameters);
  model->fit(context.context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// The same fit, asked for standard deviations.
std::unique_ptr<cofi::Model> deviations_of(cofi::Model& model, const std::string& parameters) {
  cofi::Archive archive;
  model.state(archive);
  cofi::Archive stored = archive.reopened();
  auto other = bayesian_svd(parameters + (parameters.empty() ? "" : ", ") + "predict: deviation");
  other->state(stored);
  return other;
}

std::vector<double> numbers(cofi::Model& model, const std::string& name) {
  cofi::Archive archive;
  model.state(archive);
  cofi::Archive stored = archive.reopened();
  std::vector<double> values;
  stored(name, values);
  return values;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Toy empty_toy(std::int32_t users, std::int32_t items) {
  Toy toy;
  for (std::int32_t user = 0; user < users; ++user) toy.data.users.add("u" + std::to_string(user));
  for (std::int32_t item = 0; item < items; ++item) toy.data.items.add("i" + std::to_string(item));
  return toy;
}

// Ratings drawn from the model itself:
//   mean + b_u + b_i + p_u . q_i + (the user's bias of the day) + noise
// and where `chosen`, p_u is what the items that the user rated have in common.
struct Planted {
  std::int32_t users = 120, items = 80;
  double share = 0.5;  // of the cells that are rated
  double noise = 0.5, bias = 0.4, factor = 0.8, day = 0;
  bool chosen = false;
};

constexpr std::int64_t kDay = 86400;

Toy planted(const Planted& how) {
  constexpr std::size_t kFactors = 2;
  cofi::Random random = cofi::Random(7).stream("planted");
  const auto draw = [&](std::int32_t rows, std::size_t width, double deviation) {
    std::vector<std::vector<double>> table(static_cast<std::size_t>(rows));
    for (auto& row : table) {
      for (std::size_t f = 0; f < width; ++f) row.push_back(deviation * random.normal());
    }
    return table;
  };
  auto p = draw(how.users, kFactors, how.factor);
  const auto q = draw(how.items, kFactors, 0.8);
  const auto y = draw(how.items, kFactors, 1.5);
  const auto b = draw(how.users, 1, how.bias), c = draw(how.items, 1, how.bias);
  constexpr std::size_t kDays = 6;
  const auto d = draw(how.users, kDays, how.day);
  Toy toy = empty_toy(how.users, how.items);
  std::vector<std::int32_t> users, items;
  std::vector<float> values, expected;
  std::vector<std::int64_t> times;
  for (std::int32_t user = 0; user < how.users; ++user) {
    std::vector<std::int32_t> rated;
    for (std::int32_t item = 0; item < how.items; ++item) {
      if (random.uniform() < how.share) rated.push_back(item);
    }
    const auto u = static_cast<std::size_t>(user);
    for (std::size_t f = 0; how.chosen && f < kFactors; ++f) {
      for (const std::int32_t item : rated) {
        p[u][f] +=
            y[static_cast<std::size_t>(item)][f] / std::sqrt(static_cast<double>(rated.size()));
      }
    }
    for (const std::int32_t item : rated) {
      const auto i = static_cast<std::size_t>(item);
      const std::size_t day = random.below(kDays);
      const double value = 3 + b[u][0] + c[i][0] + d[u][day] +
                           std::inner_product(p[u].begin(), p[u].end(), q[i].begin(), 0.0);
      (random.uniform() < 0.8 ? toy.train : toy.test)
          .push_back(static_cast<std::int32_t>(values.size()));
      users.push_back(user);
      items.push_back(item);
      expected.push_back(static_cast<float>(value));
      values.push_back(static_cast<float>(value + how.noise * random.normal()));
      times.push_back(static_cast<std::int64_t>(day) * kDay +
                      static_cast<std::int64_t>(random.below(kDay)));
    }
  }
  toy.data.interactions = {users, items, values, times};
  toy.data.expected = expected;
  toy.data.scale = {-5, 11};
  return toy;
}

// The root mean squared difference of predictions and what the ratings are without their noise.
double rmse_to_truth(const cofi::Model& model, const Toy& toy) {
  const std::vector<float> found = cofi::testing::predictions(model, toy, toy.test);
  double squares = 0;
  for (std::size_t n = 0; n < found.size(); ++n) {
    const double e = double{found[n]} - toy.data.expected[static_cast<std::size_t>(toy.test[n])];
    squares += e * e;
  }
  return std::sqrt(squares / static_cast<double>(found.size()));
}

// What the model predicts at the mean of its samples, written out from its saved tables.
double from_tables(cofi::Model& model, std::int32_t user, std::int32_t item, std::int64_t factors) {
  cofi::Archive archive;
  model.state(archive);
  cofi::Archive stored = archive.reopened();
  std::int64_t samples = 0;
  std::vector<double> means;
  stored("samples", samples);
  stored("mean", means);
  at::Tensor p, q, b, c;
  stored("user_factors", p);
  stored("item_factors", q);
  stored("user_bias", b);
  stored("item_bias", c);
  double sum = 0;
  for (std::int64_t s = 0; s < samples; ++s) {
    sum +=
        means[static_cast<std::size_t>(s)] + b[user][s].item<double>() + c[item][s].item<double>();
    for (std::int64_t f = s * factors; f < (s + 1) * factors; ++f) {
      sum += p[user][f].item<double>() * q[item][f].item<double>();
    }
  }
  return sum / static_cast<double>(samples);
}

}  // namespace

TEST_CASE("model/bayesian_svd finds the model that its ratings were drawn from") {
  SECTION("factors, biases and noise, and knows how wrong it is") {
    const Toy toy = planted({});
    const std::string parameters = "factors: 2";
    const auto model = fitted(parameters, toy);
    // Some 600 numbers learned from 3,840 ratings: 0.25 * 600 / 3840 is the square of 0.2.
    CHECK(rmse_to_truth(*model, toy) < 0.23);
    CHECK(mean_of(numbers(*model, "noise")) == Approx(1 / 0.25).epsilon(0.06));
    const auto deviations = deviations_of(*model, parameters);
    CHECK(deviations->output() == cofi::Output::kScore);
    const std::vector<float> means = cofi::testing::predictions(*model, toy, toy.test);
    const std::vector<float> spreads = cofi::testing::predictions(*deviations, toy, toy.test);
    double squares = 0;
    for (std::size_t n = 0; n < means.size(); ++n) {
      const double error =
          double{means[n]} - toy.data.interactions.values[static_cast<std::size_t>(toy.test[n])];
      CHECK(spreads[n] > 0.45F);
      squares += error * error / (double{spreads[n]} * spreads[n]);
    }
    CHECK(squares / static_cast<double>(means.size()) == Approx(1).margin(0.1));
  }
  SECTION("with more factors than users or items have: their priors hold them") {
    const Toy toy = planted({});
    CHECK(rmse_to_truth(*fitted("factors: 130", toy, 40), toy) < 0.3);
  }
  SECTION("tastes that show in what was rated, better with implicit feedback") {
    Planted how;
    how.chosen = true;
    how.factor = 0.1;
    how.noise = 1;
    how.share = 0.15;
    how.users = 300;
    const Toy toy = planted(how);
    const double without = rmse_to_truth(*fitted("factors: 2", toy), toy);
    const double with = rmse_to_truth(*fitted("factors: 2, implicit: user", toy), toy);
    CHECK(with < 0.9 * without);
  }
  SECTION("biases of days, which only the question's time tells") {
    Planted how;
    how.day = 0.7;
    const Toy toy = planted(how);
    const auto model = fitted("factors: 2, windows: [86400]", toy);
    CHECK(model->reads_times());
    CHECK_FALSE(bayesian_svd("")->reads_times());
    CHECK(rmse_to_truth(*model, toy) < 0.35);
    CHECK(rmse_to_truth(*fitted("factors: 2", toy), toy) > 0.6);
    // A time at which the user rated nothing is as no time.
    const std::vector<std::int32_t> one = {1};
    float never = 0;
    model->predict({one, one, std::vector<std::int64_t>{100 * kDay}}, &never);
    CHECK(never == predict(*model, 1, 1));
  }
}

TEST_CASE("model/bayesian_svd on ratings that are levels") {
  // Latent values around 3 of deviation 1 cut at 2.5, 2.7, 3.6 and 4.5: few of level 2.
  Toy toy = planted({});
  std::vector<float> levels;
  for (const float value : toy.data.interactions.values) {
    levels.push_back(value < 2.5F   ? 1.0F
                     : value < 2.7F ? 2.0F
                     : value < 3.6F ? 3.0F
                     : value < 4.5F ? 4.0F
                                    : 5.0F);
  }
  toy.data.interactions.values = levels;
  toy.data.scale = {1, 5};
  const std::string parameters = "factors: 2, response: probit";
  const auto model = fitted(parameters, toy, 300);
  const double probit = cofi::testing::rmse(*model, toy, toy.test);
  CHECK(probit < 0.99 * cofi::testing::rmse(*fitted("factors: 2", toy, 300), toy, toy.test));
  SECTION("finds the cutpoints on a scale where the first is 1.5 and the last 4.5") {
    cofi::Archive archive;
    model->state(archive);
    cofi::Archive stored = archive.reopened();
    std::vector<float> cutpoints;
    stored("cutpoints", cutpoints);
    double second = 0, third = 0;
    const std::size_t samples = cutpoints.size() / 4;
    REQUIRE(samples == 270);
    for (std::size_t s = 0; s < samples; ++s) {
      CHECK(cutpoints[4 * s] == 1.5F);
      CHECK(cutpoints[4 * s + 3] == 4.5F);
      second += cutpoints[4 * s + 1] / static_cast<double>(samples);
      third += cutpoints[4 * s + 2] / static_cast<double>(samples);
    }
    // (2.7 - 2.5) / (4.5 - 2.5) of the way from 1.5 to 4.5, and (3.6 - 2.5) / 2 of it.
    CHECK(second == Approx(1.8).margin(0.06));
    CHECK(third == Approx(3.15).margin(0.08));
    CHECK(mean_of(numbers(*model, "noise")) == Approx(1 / (0.75 * 0.75)).epsilon(0.15));
  }
  SECTION("predicts between the lowest and the highest level, with a deviation") {
    const auto deviations = deviations_of(*model, parameters);
    for (std::int32_t user = -1; user < 120; user += 7) {
      for (std::int32_t item = -1; item < 80; item += 9) {
        CHECK(predict(*model, user, item) > 1);
        CHECK(predict(*model, user, item) < 5);
        CHECK(predict(*deviations, user, item) > 0);
        CHECK(predict(*deviations, user, item) < 2);
      }
    }
  }
  SECTION("two levels: the share of the higher one") {
    for (float& value : levels) value = value < 3 ? 0.0F : 1.0F;
    toy.data.interactions.values = levels;
    const auto binary = fitted(parameters, toy, 100);
    CHECK(cofi::testing::rmse(*binary, toy, toy.test) <
          0.9 * cofi::testing::rmse_of_mean(toy, toy.test));
    CHECK(predict(*binary, -1, -1) > 0);
    CHECK(predict(*binary, -1, -1) < 1);
  }
}

TEST_CASE("model/bayesian_svd is less sure of a user with few ratings") {
  Toy toy = planted({});
  const cofi::Interactions& all = toy.data.interactions;
  std::int64_t kept = 0;
  const auto of_user_0 = [&](std::int32_t row) {
    return all.users[static_cast<std::size_t>(row)] == 0;
  };
  toy.train.erase(std::remove_if(toy.train.begin(), toy.train.end(),
                                 [&](std::int32_t row) { return of_user_0(row) && ++kept > 1; }),
                  toy.train.end());
  const auto model = fitted("factors: 2", toy);
  const auto deviations = deviations_of(*model, "factors: 2");
  double one = 0, many = 0;
  for (std::int32_t item = 0; item < 80; ++item) {
    one += predict(*deviations, 0, item) / 80.0;
    many += predict(*deviations, 1, item) / 80.0;
  }
  CHECK(one > 1.3 * many);
  SECTION("until more of them are folded in, which changes nobody else") {
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    double before = 0, after = 0, count = 0;
    for (const std::int32_t row : toy.test) {
      if (!of_user_0(row)) continue;
      const double away = predict(*model, 0, all.items[static_cast<std::size_t>(row)]) -
                          toy.data.expected[static_cast<std::size_t>(row)];
      before += away * away;
      ++count;
    }
    REQUIRE(count > 3);
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (all.users[n] != 0) continue;
      if (std::count(toy.test.begin(), toy.test.end(), static_cast<std::int32_t>(n)) > 0) continue;
      users.push_back(0);
      items.push_back(all.items[n]);
      values.push_back(all.values[n]);
    }
    const float other = predict(*model, 1, 1);
    REQUIRE(model->fold_in({users, items, values, {}}, cofi::ThreadPool(2)));
    CHECK(predict(*model, 1, 1) == other);
    for (const std::int32_t row : toy.test) {
      if (!of_user_0(row)) continue;
      const double away = predict(*model, 0, all.items[static_cast<std::size_t>(row)]) -
                          toy.data.expected[static_cast<std::size_t>(row)];
      after += away * away;
    }
    CHECK(after < 0.5 * before);
    const auto folded = deviations_of(*model, "factors: 2");
    double now = 0;
    for (std::int32_t item = 0; item < 80; ++item) now += predict(*folded, 0, item) / 80.0;
    CHECK(now == Approx(many).epsilon(0.15));
  }
}

TEST_CASE("model/bayesian_svd folds a user in as training would have drawn it") {
  // The same user twice: once in training, once folded in with the same ratings.
  Planted how;
  how.users = 150;
  how.chosen = true;
  Toy toy = planted(how);
  const std::string parameters = "factors: 2, implicit: both";
  const auto model = fitted(parameters, toy, 300);
  const cofi::Interactions& all = toy.data.interactions;
  std::vector<std::int32_t> users, items;
  std::vector<float> values, before, after;
  for (const std::int32_t row : toy.train) {
    const auto n = static_cast<std::size_t>(row);
    if (all.users[n] != 3) continue;
    users.push_back(3);
    items.push_back(all.items[n]);
    values.push_back(all.values[n]);
  }
  for (std::int32_t item = 0; item < how.items; ++item) before.push_back(predict(*model, 3, item));
  REQUIRE(model->fold_in({users, items, values, {}}, cofi::ThreadPool(1)));
  double squares = 0, spread = 0;
  for (std::int32_t item = 0; item < how.items; ++item) {
    const double change = predict(*model, 3, item) - before[static_cast<std::size_t>(item)];
    squares += change * change / how.items;
    spread += std::pow(before[static_cast<std::size_t>(item)] - 3, 2) / how.items;
  }
  CHECK(std::sqrt(squares) < 0.06);
  CHECK(std::sqrt(spread) > 0.5);
}

TEST_CASE("model/bayesian_svd keeps samples") {
  const Toy toy = planted({});
  const auto model = fitted("factors: 3, burn_in: 10, keep: 4", toy, 30);
  SECTION("as many as asked for, whose mean it predicts") {
    CHECK(numbers(*model, "mean").size() == 4);
    CHECK(predict(*model, 5, 7) == Approx(from_tables(*model, 5, 7, 3)).epsilon(1e-5));
    CHECK(predict(*model, 5, -1) != predict(*model, 6, -1));
  }
  SECTION("all after the burn-in where they are fewer, by default a tenth of the epochs") {
    CHECK(numbers(*fitted("factors: 3", toy, 30), "mean").size() == 27);
  }
  SECTION("that are centred: the mean over all pairs is the prediction for unknown ids") {
    double sum = 0;
    for (std::int32_t user = 0; user < 120; ++user) {
      for (std::int32_t item = 0; item < 80; ++item) sum += predict(*model, user, item);
    }
    CHECK(predict(*model, -1, -1) == Approx(sum / (120 * 80)).epsilon(1e-4));
    double of_item = 0;
    for (std::int32_t user = 0; user < 120; ++user) of_item += predict(*model, user, 7) / 120;
    CHECK(predict(*model, -1, 7) == Approx(of_item).epsilon(1e-4));
  }
  SECTION("clips what they say together to the rating scale") {
    Toy narrow = toy;
    narrow.data.scale = {2.9F, 3.1F};
    const auto clipped = fitted("factors: 3, clip: true", narrow, 10);
    for (std::int32_t user = -1; user < 120; ++user) {
      CHECK(predict(*clipped, user, 1) >= 2.9F);
      CHECK(predict(*clipped, user, 1) <= 3.1F);
    }
    const auto why = clipped->explain(3, 1);
    REQUIRE(why);
    CHECK(why->terms.back().name == "clipping");
  }
}

TEST_CASE("model/bayesian_svd passes the checks of models with all its parts") {
  for (const std::string parameters :
       {"{implicit: both, windows: [86400, 3600], keep: 20, factors: 3}",
        "{implicit: item, response: probit, windows: [7200], factors: 17}",
        "{implicit: user, predict: deviation}"}) {
    INFO(parameters);
    cofi::testing::ModelCheck options;
    options.train_auc = 0;  // the deviation orders nothing that is liked
    cofi::testing::check(cofi::testing::check_model(
        cofi::testing::maker<cofi::Model>("model/bayesian_svd", parameters), options));
  }
}

TEST_CASE("model/bayesian_svd meets bad input") {
  SECTION("with errors that say what to do") {
    Toy toy = cofi::testing::hand_toy();
    CHECK_THROWS_WITH(fitted("windows: [60]", toy), Catch::Contains("the data has no times") &&
                                                        Catch::Contains("remove windows"));
    CHECK_THROWS_WITH(
        fitted("burn_in: 10", toy, 10),
        Catch::Contains("burn_in is 10") && Catch::Contains("set burn_in below train.epochs"));
    CHECK_THROWS_WITH(bayesian_svd("windows: [60, 30, 60]"),
                      Catch::Contains("windows") && Catch::Contains("a length twice"));
    CHECK_THROWS_WITH(bayesian_svd("predict: deviation, clip: true"),
                      Catch::Contains("clip") && Catch::Contains("has no use with"));
    toy.train.clear();
    CHECK_THROWS_WITH(fitted("", toy), Catch::Contains("no training data"));
  }
  SECTION("constant ratings: predicts them, but has no levels") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>(6, 4.0F);
    CHECK_THROWS_WITH(fitted("response: probit", toy),
                      Catch::Contains("2 to 64 distinct ratings") &&
                          Catch::Contains("has 1; use response: gaussian"));
    const auto model = fitted("", toy, 500);
    CHECK(predict(*model, 0, 0) == Approx(4).margin(0.5));
  }
  SECTION("many distinct ratings are no levels") {
    CHECK_THROWS_WITH(fitted("response: probit", planted({})),
                      Catch::Contains("use response: gaussian"));
  }
  SECTION("a user with one rating, ratings far from 1 and twice the same pair") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.users = std::vector<std::int32_t>{0, 1, 1, 1, 1, 1};
    toy.data.interactions.items = std::vector<std::int32_t>{0, 0, 0, 1, 2, 2};
    toy.data.interactions.values = std::vector<float>{1e6F, -1e6F, 2e5F, 0, 3e5F, 1e6F};
    for (const char* implicit : {"none", "both"}) {
      const auto model = fitted(std::string("implicit: ") + implicit, toy);
      for (std::int32_t user = -1; user < 3; ++user) {
        for (std::int32_t item = -1; item < 3; ++item) {
          CHECK(std::isfinite(predict(*model, user, item)));
        }
      }
    }
  }
}
