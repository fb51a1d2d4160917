#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;
using Matrix = std::vector<std::vector<double>>;

std::unique_ptr<cofi::Model> slim(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/slim", "{" + parameters + "}");
}

std::unique_ptr<cofi::Model> fitted(const std::string& parameters, const ToyContext& toy_context) {
  auto model = slim(parameters);
  model->fit(toy_context.context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// X [users x items] of the training rows.
Matrix values_of(const Toy& toy, bool binary) {
  Matrix x(static_cast<std::size_t>(toy.data.users.size()),
           std::vector<double>(static_cast<std::size_t>(toy.data.items.size())));
  for (const std::int32_t row : toy.train) {
    const auto n = static_cast<std::size_t>(row);
    const cofi::Interactions& all = toy.data.interactions;
    x[static_cast<std::size_t>(all.users[n])][static_cast<std::size_t>(all.items[n])] =
        binary ? 1 : all.values[n];
  }
  return x;
}

// W: the learned weights, row by row.
Matrix weights_of(const cofi::Model& model, std::size_t items) {
  Matrix w;
  std::vector<float> row(items);
  for (std::size_t i = 0; i < items; ++i) {
    REQUIRE(model.similar_items(static_cast<std::int32_t>(i), static_cast<std::int32_t>(items),
                                row.data()));
    w.emplace_back(row.begin(), row.end());
  }
  return w;
}

double dot(const Matrix& x, std::size_t i, const std::vector<double>& column) {
  double sum = 0;
  for (std::size_t user = 0; user < x.size(); ++user) sum += x[user][i] * column[user];
  return sum;
}

// By how much the conditions for the minimum of column j are missed, over the items that `may`
// have a weight: with the slope s_i = x_i . (x_j - X w) - l2 w_i,
//   s_i = l1 sign(w_i) where w_i is not 0, |s_i| <= l1 (s_i <= l1 where weights are not negative)
//   where it is.
double missed_by(const Matrix& x, const Matrix& w, std::size_t j, double l1, double l2,
                 bool non_negative, const std::vector<bool>& may) {
  std::vector<double> left;
  for (const auto& user : x) {
    double value = user[j];
    for (std::size_t i = 0; i < w.size(); ++i) value -= user[i] * w[i][j];
    left.push_back(value);
  }
  double worst = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double weight = w[i][j], slope = dot(x, i, left) - l2 * weight;
    if (i == j || !may[i]) {
      CHECK(weight == 0);
    } else if (weight != 0) {
      if (non_negative) CHECK(weight > 0);
      worst = std::max(worst, std::abs(slope - std::copysign(l1, weight)));
    } else {
      worst = std::max(worst, (non_negative ? slope : std::abs(slope)) - l1);
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("model/slim ends where its objective is least") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  const auto items = static_cast<std::size_t>(toy.data.items.size());
  for (const bool binary : {true, false}) {
    const Matrix x = values_of(toy, binary);
    const double l1 = binary ? 2 : 20, l2 = binary ? 5 : 50;
    for (const bool non_negative : {true, false}) {
      INFO((binary ? "binary, " : "ratings, ") << (non_negative ? "not negative" : "of any sign"));
      const auto model = fitted("l1: " + std::to_string(l1) + ", l2: " + std::to_string(l2) +
                                    ", tolerance: 0.000001, max_iterations: 10000, values: " +
                                    (binary ? "binary" : "ratings") +
                                    ", non_negative: " + (non_negative ? "true" : "false"),
                                toy_context);
      const Matrix w = weights_of(*model, items);
      double worst = 0, negative = 0, zeros = 0;
      for (std::size_t j = 0; j < items; ++j) {
        worst = std::max(worst,
                         missed_by(x, w, j, l1, l2, non_negative, std::vector<bool>(items, true)));
        for (const auto& row : w) {
          negative += row[j] < 0 ? 1 : 0;
          zeros += row[j] == 0 ? 1 : 0;
        }
      }
      CHECK(worst < (binary ? 1e-3 : 1e-2));  // of products of about 40 and 400
      CHECK(zeros > 500);
      CHECK((negative > 0) == !non_negative);
      // A score is the user's row times the weights.
      double wanted = 0;
      for (std::size_t i = 0; i < items; ++i) wanted += x[3][i] * w[i][8];
      CHECK(predict(*model, 3, 8) == Approx(wanted).margin(1e-5));
    }
  }
  SECTION("keep: only the items of largest cosine may have weights") {
    const Matrix x = values_of(toy, true);
    const Matrix w =
        weights_of(*fitted("l1: 0.5, l2: 5.0, tolerance: 0.000001, max_iterations: 10000, keep: 6",
                           toy_context),
                   items);
    for (const std::size_t j : {std::size_t{0}, std::size_t{17}, items - 2}) {
      std::vector<double> column, cosines;
      for (const auto& user : x) column.push_back(user[j]);
      for (std::size_t i = 0; i < items; ++i) {
        std::vector<double> own;
        for (const auto& user : x) own.push_back(user[i]);
        const double square = dot(x, i, own);
        cosines.push_back(i == j || square == 0 ? -1 : dot(x, i, column) / std::sqrt(square));
      }
      // Of equal cosines the earlier items.
      std::vector<bool> may;
      for (std::size_t i = 0; i < items; ++i) {
        std::size_t before = 0;
        for (std::size_t k = 0; k < items; ++k) {
          const float a = static_cast<float>(cosines[k]), b = static_cast<float>(cosines[i]);
          before += a > b || (a == b && k < i) ? 1 : 0;
        }
        may.push_back(before < 6);
      }
      CHECK(missed_by(x, w, j, 0.5, 5, true, may) < 1e-3);
    }
  }
  SECTION("one pass by hand: items in order, each from what the ones before it left") {
    // hand_toy as rated: x.x 41, y.y 13, z.z 10, x.y 15, x.z 4, y.z 6. For x: y gets
    // (15 - 1) / (13 + 2), then z (4 - 6 y - 1) / (10 + 2), which is below 0.
    const Toy hand = cofi::testing::hand_toy();
    const ToyContext hand_context(hand);
    const std::string once = "values: ratings, l1: 1.0, l2: 2.0, max_iterations: 1, ";
    const Matrix w = weights_of(*fitted(once + "non_negative: false", hand_context), 3);
    const double y = 14.0 / 15;
    CHECK(w[1][0] == Approx(y));
    CHECK(w[2][0] == Approx((4 - 6 * y + 1) / 12));
    const Matrix positive = weights_of(*fitted(once + "non_negative: true", hand_context), 3);
    CHECK(positive[1][0] == Approx(y));
    CHECK(positive[2][0] == 0);
  }
}

TEST_CASE("model/slim: lists, explanations, folding in, threads and saving") {
  const Toy toy = cofi::testing::implicit_toy();
  cofi::testing::ToyOptions options;
  options.threads = 3;
  const ToyContext one(toy), three(toy, options);
  const std::string parameters = "l1: 0.5, l2: 5.0";
  const auto model = fitted(parameters, one), same = fitted(parameters, three);
  const std::int32_t items = toy.data.items.size();
  const auto count = static_cast<std::size_t>(items);
  CHECK(weights_of(*model, count) == weights_of(*same, count));
  cofi::Archive archive;
  model->state(archive);
  const auto loaded = slim(parameters);
  cofi::Archive stored = archive.reopened();
  loaded->state(stored);
  const std::vector<std::int32_t> users = {3, 60, -1};
  std::vector<float> all(users.size() * count);
  model->score({users.data(), users.size()}, {}, items, all.data());
  for (std::size_t u = 0; u < users.size(); ++u) {
    for (std::int32_t item = 0; item < items; ++item) {
      const float score = all[u * count + static_cast<std::size_t>(item)];
      CHECK(predict(*model, users[u], item) == score);
      CHECK(predict(*loaded, users[u], item) == score);
      CHECK(model->explain(users[u], item)->sum() == Approx(score).margin(1e-4));
      if (u > 0) CHECK(score == 0);  // no training data, and not in the vocabulary
    }
  }
  CHECK(predict(*model, 3, -1) == 0);
  SECTION("a user folded in is what it has: here, what user 3 has") {
    cofi::Interactions rows;
    std::vector<std::int32_t> whose, which;
    for (const std::int32_t row : toy.train) {
      const auto n = static_cast<std::size_t>(row);
      if (toy.data.interactions.users[n] != 3) continue;
      whose.push_back(60);
      which.push_back(toy.data.interactions.items[n]);
    }
    rows.values = std::vector<float>(whose.size(), 1);
    rows.users = std::move(whose);
    rows.items = std::move(which);
    REQUIRE(model->fold_in(rows, one.pool()));
    for (std::int32_t item = 0; item < items; ++item) {
      CHECK(predict(*model, 60, item) == predict(*model, 3, item));
      CHECK(predict(*model, 3, item) == all[static_cast<std::size_t>(item)]);
    }
  }
}

TEST_CASE("model/slim on data with little to learn from") {
  using Catch::Contains;
  SECTION("constant ratings and a user with one rating") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>(6, 4);
    toy.train = {0, 1, 2, 3, 4};  // user c has y alone
    const ToyContext toy_context(toy);
    // Of x [4 4 0], y [4 0 4], z [0 4 0], weights of x by passes over y, then z, to their end:
    // x.y 16, x.z 16, y.z 0, y.y 32, z.z 16
    const auto model = fitted("values: ratings, l1: 0.0, l2: 8.0", toy_context);
    const Matrix w = weights_of(*model, 3);
    CHECK(w[1][0] == Approx(16.0 / 40));
    CHECK(w[2][0] == Approx(16.0 / 24));
    CHECK(predict(*model, 2, 0) == Approx(4 * 16.0 / 40));
  }
  SECTION("penalties that leave no weight give scores of 0") {
    const Toy toy = cofi::testing::hand_toy();
    const ToyContext toy_context(toy);
    const auto model = fitted("l1: 1000.0", toy_context);
    CHECK(predict(*model, 0, 2) == 0);
  }
  SECTION("what is refused") {
    Toy toy = cofi::testing::additive_toy();
    {
      const ToyContext toy_context(toy);
      CHECK_THROWS_WITH(fitted("max_items: 50", toy_context),
                        Contains("51 x 51 items") && Contains("raise it"));
    }
    CHECK_THROWS_WITH(slim("l1: -1.0"), Contains("l1") && Contains("-1"));
    toy.train.clear();
    const ToyContext empty(toy);
    CHECK_THROWS_WITH(fitted("", empty), Contains("no training interactions"));
  }
}
