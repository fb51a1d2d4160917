#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::Model> pure_svd(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/pure_svd", "{" + parameters + "}");
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

using Matrix = std::vector<std::vector<double>>;  // [rows][columns]

// The training ratings, what is missing zero.
Matrix filled(const Toy& toy) {
  Matrix matrix(static_cast<std::size_t>(toy.data.users.size()),
                std::vector<double>(static_cast<std::size_t>(toy.data.items.size())));
  const cofi::Interactions& all = toy.data.interactions;
  for (const std::int32_t number : toy.train) {
    const auto row = static_cast<std::size_t>(number);
    matrix[static_cast<std::size_t>(all.users[row])][static_cast<std::size_t>(all.items[row])] =
        all.values[row];
  }
  return matrix;
}

// The best approximation of the matrix of this rank, a singular vector v of A'A at a time by so
// many power iterations that they converge: the sum of (A v) v'.
Matrix truncated(const Matrix& a, std::size_t rank) {
  const std::size_t columns = a[0].size();
  Matrix rest = a, found(a.size(), std::vector<double>(columns));
  for (std::size_t k = 0; k < rank; ++k) {
    std::vector<double> v(columns);
    for (std::size_t c = 0; c < columns; ++c) v[c] = std::sin(1.0 + static_cast<double>(c * k + c));
    std::vector<double> left(a.size());
    for (int iteration = 0; iteration < 4000; ++iteration) {
      double square = 0;
      for (const double value : v) square += value * value;
      for (double& value : v) value /= std::sqrt(square);
      for (std::size_t r = 0; r < a.size(); ++r) {
        left[r] = 0;
        for (std::size_t c = 0; c < columns; ++c) left[r] += rest[r][c] * v[c];
      }
      if (iteration == 3999) break;
      std::fill(v.begin(), v.end(), 0.0);
      for (std::size_t r = 0; r < a.size(); ++r) {
        for (std::size_t c = 0; c < columns; ++c) v[c] += rest[r][c] * left[r];
      }
    }
    for (std::size_t r = 0; r < a.size(); ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        found[r][c] += left[r] * v[c];
        rest[r][c] -= left[r] * v[c];
      }
    }
  }
  return found;
}

double largest_difference(const cofi::Model& model, const Matrix& expected) {
  double largest = 0;
  for (std::size_t user = 0; user < expected.size(); ++user) {
    for (std::size_t item = 0; item < expected[user].size(); ++item) {
      const float found =
          predict(model, static_cast<std::int32_t>(user), static_cast<std::int32_t>(item));
      largest = std::max(largest, std::abs(found - expected[user][item]));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("model/pure_svd is the best approximation of the zero-filled matrix") {
  SECTION("of two factors, for a table of random gaps") {
    const Toy toy = cofi::testing::additive_toy();
    const ToyContext toy_context(toy);
    const auto model = pure_svd("factors: 2, iterations: 30");
    model->fit(toy_context.context());
    CHECK(largest_difference(*model, truncated(filled(toy), 2)) < 1e-4);
  }
  SECTION("of all factors: the matrix itself") {
    const Toy toy = cofi::testing::hand_toy();
    const ToyContext toy_context(toy);
    const auto model = pure_svd("factors: 3");
    model->fit(toy_context.context());
    CHECK(largest_difference(*model, filled(toy)) < 1e-5);
  }
  SECTION("of more factors than a matrix of constant ratings has: of its rank") {
    // Every user rated every item 4: rank 1.
    Toy toy = cofi::testing::block_toy();
    toy.data.interactions.values = std::vector<float>(toy.data.interactions.size(), 4);
    toy.train.insert(toy.train.end(), toy.test.begin(), toy.test.end());
    const ToyContext toy_context(toy);
    const auto model = pure_svd("factors: 5");
    model->fit(toy_context.context());
    CHECK(largest_difference(*model, filled(toy)) < 1e-5);
    for (const cofi::Parameter& table : model->parameters()) {
      CHECK(table.value.slice(1, 1).abs().max().item<double>() < 1e-5);
    }
  }
}

TEST_CASE("model/pure_svd predicts") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  const auto model = pure_svd("factors: 4");
  model->fit(toy_context.context());
  SECTION("0 for ids outside the vocabulary, and users and items without ratings") {
    CHECK(predict(*model, -1, 3) == 0);
    CHECK(predict(*model, 3, -1) == 0);
    CHECK(predict(*model, 60, 3) == 0);
    CHECK(predict(*model, 3, 50) == 0);
  }
  SECTION("a sum over what the user rated, which the explanation has") {
    const auto why = model->explain(7, 11);
    REQUIRE(why);
    const std::vector<double> of_seven = filled(toy)[7];
    const auto missing = std::count(of_seven.begin(), of_seven.end(), 0.0);
    CHECK(why->terms.size() == of_seven.size() - static_cast<std::size_t>(missing));
    CHECK(why->terms[0].of == cofi::Rows::kItems);
    CHECK(why->sum() == Approx(predict(*model, 7, 11)).margin(1e-5));
  }
  SECTION("what it predicts for a user of the same ratings, for one who is folded in") {
    cofi::Interactions rows;
    std::vector<std::int32_t> items;
    std::vector<float> values;
    const std::vector<double> of_seven = filled(toy)[7];
    for (std::size_t item = 0; item < of_seven.size(); ++item) {
      if (of_seven[item] == 0) continue;
      items.push_back(static_cast<std::int32_t>(item));
      values.push_back(static_cast<float>(of_seven[item]));
    }
    rows.users = std::vector<std::int32_t>(items.size(), 60);
    rows.items = items;
    rows.values = values;
    const float other = predict(*model, 8, 11);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    for (std::int32_t item = 0; item < 51; ++item) {
      CHECK(predict(*model, 60, item) == predict(*model, 7, item));
    }
    CHECK(predict(*model, 8, 11) == other);
    CHECK(model->explain(60, 11)->terms.size() == items.size());
  }
  SECTION("with the same bits on three threads") {
    cofi::testing::ToyOptions options;
    options.threads = 3;
    const ToyContext three(toy, options);
    const auto again = pure_svd("factors: 4");
    again->fit(three.context());
    CHECK(at::equal(model->parameters()[1].value, again->parameters()[1].value));
    CHECK(at::equal(model->parameters()[0].value, again->parameters()[0].value));
  }
}

TEST_CASE("model/pure_svd refuses more factors than the matrix can have") {
  const Toy hand = cofi::testing::hand_toy();
  CHECK_THROWS_WITH(pure_svd("factors: 4")->fit(ToyContext(hand).context()),
                    Contains("factors is 4") && Contains("3 users with 3 items") &&
                        Contains("set it to 3 or less"));
  Toy none = hand;
  none.train.clear();
  CHECK_THROWS_WITH(pure_svd("factors: 1")->fit(ToyContext(none).context()),
                    Contains("no training interactions"));
}
