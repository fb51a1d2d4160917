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

std::unique_ptr<cofi::Model> ease(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/ease", "{" + parameters + "}");
}

std::unique_ptr<cofi::Model> fitted(const std::string& parameters, const ToyContext& toy_context) {
  auto model = ease(parameters);
  model->fit(toy_context.context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

std::vector<float> scores(const cofi::Model& model, std::int32_t user, std::int32_t items) {
  std::vector<float> out(static_cast<std::size_t>(items));
  model.score({&user, 1}, {}, items, out.data());
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

// The inverse by Gauss and Jordan's elimination, beside the identity.
Matrix inverse_of(Matrix a) {
  const std::size_t n = a.size();
  Matrix b(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) b[i][i] = 1;
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = a[k][k];
    for (std::size_t j = 0; j < n; ++j) a[k][j] /= pivot, b[k][j] /= pivot;
    for (std::size_t i = 0; i < n; ++i) {
      const double factor = a[i][k];
      if (i == k || factor == 0) continue;
      for (std::size_t j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
      for (std::size_t j = 0; j < n; ++j) b[i][j] -= factor * b[k][j];
    }
  }
  return b;
}

// B = I - P / diag(P), P = (X'X + lambda I)^-1.
Matrix weights_of(const Matrix& x, double lambda) {
  const std::size_t items = x[0].size();
  Matrix gram(items, std::vector<double>(items));
  for (const auto& row : x) {
    for (std::size_t i = 0; i < items; ++i) {
      if (row[i] == 0) continue;
      for (std::size_t j = 0; j < items; ++j) gram[i][j] += row[i] * row[j];
    }
  }
  for (std::size_t i = 0; i < items; ++i) gram[i][i] += lambda;
  const Matrix p = inverse_of(gram);
  Matrix b(items, std::vector<double>(items));
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) b[i][j] = i == j ? 0 : -p[i][j] / p[j][j];
  }
  return b;
}

// The largest difference between the model's scores and X B.
double difference(const cofi::Model& model, const Matrix& x, const Matrix& b) {
  double largest = 0;
  const auto items = static_cast<std::int32_t>(b.size());
  for (std::size_t user = 0; user < x.size(); ++user) {
    const std::vector<float> found = scores(model, static_cast<std::int32_t>(user), items);
    for (std::size_t j = 0; j < b.size(); ++j) {
      double wanted = 0;
      for (std::size_t i = 0; i < b.size(); ++i) wanted += x[user][i] * b[i][j];
      largest = std::max(largest, std::abs(found[j] - wanted));
    }
  }
  return largest;
}

// 90 users and 600 items, an eighth of the cells, without a pattern: more items than are eliminated
// together.
Toy wide_toy() {
  Toy toy;
  std::vector<std::int32_t> users, items;
  std::uint32_t draw = 1;
  for (std::int32_t user = 0; user < 90; ++user) {
    toy.data.users.add("u" + std::to_string(user));
    for (std::int32_t item = 0; item < 600; ++item) {
      draw = draw * 1664525U + 1013904223U;
      if (draw >> 29U != 0) continue;
      toy.train.push_back(static_cast<std::int32_t>(users.size()));
      users.push_back(user);
      items.push_back(item);
    }
  }
  for (std::int32_t item = 0; item < 600; ++item) toy.data.items.add("i" + std::to_string(item));
  toy.data.interactions.values = std::vector<float>(users.size(), 1);
  toy.data.interactions.users = std::move(users);
  toy.data.interactions.items = std::move(items);
  return toy;
}

}  // namespace

TEST_CASE("model/ease against its formula in plain arithmetic") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  SECTION("binary and as rated") {
    for (const bool binary : {true, false}) {
      const Matrix x = values_of(toy, binary);
      const auto model = fitted(
          std::string("lambda: 20.0, values: ") + (binary ? "binary" : "ratings"), toy_context);
      CHECK(difference(*model, x, weights_of(x, 20)) < 2e-5);
    }
  }
  SECTION("more items than are swept together, with 1 and 3 threads the same bits") {
    const Toy wide = wide_toy();
    cofi::testing::ToyOptions options;
    options.threads = 3;
    const ToyContext one(wide), three(wide, options);
    const auto a = fitted("lambda: 3.0", one), b = fitted("lambda: 3.0", three);
    const Matrix x = values_of(wide, true);
    CHECK(difference(*a, x, weights_of(x, 3)) < 2e-5);
    CHECK(cofi::testing::predictions(*a, wide, wide.train) ==
          cofi::testing::predictions(*b, wide, wide.train));
  }
  SECTION("keep leaves the largest weights of each item that is asked about") {
    const Matrix x = values_of(toy, true);
    Matrix b = weights_of(x, 20);
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::vector<double> sizes;
      for (const auto& row : b) sizes.push_back(std::abs(row[j]));
      std::sort(sizes.rbegin(), sizes.rend());
      for (auto& row : b) {
        if (std::abs(row[j]) < sizes[4]) row[j] = 0;
      }
    }
    CHECK(difference(*fitted("lambda: 20.0, keep: 5", toy_context), x, b) < 2e-5);
  }
}

TEST_CASE("model/ease: lists, explanations, folding in, and saving agree with its predictions") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  const std::int32_t items = toy.data.items.size();
  for (const char* parameters : {"lambda: 20.0, values: ratings", "lambda: 20.0, keep: 7"}) {
    INFO(parameters);
    const auto model = fitted(parameters, toy_context);
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = ease(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    const auto why = model->explain(4, 3);
    REQUIRE(why);
    CHECK(why->sum() == Approx(predict(*model, 4, 3)).margin(1e-4));
    std::size_t rated = 0;
    for (const std::int32_t row : toy.train) {
      rated += toy.data.interactions.users[static_cast<std::size_t>(row)] == 4 ? 1 : 0;
    }
    REQUIRE(why->terms.size() == rated);
    CHECK(why->terms[0].of == cofi::Rows::kItems);
    for (const std::int32_t user : {0, 7, 60}) {
      const std::vector<float> all = scores(*model, user, items);
      for (std::int32_t item = 0; item < items; ++item) {
        CHECK(all[static_cast<std::size_t>(item)] == predict(*model, user, item));
      }
      CHECK(scores(*loaded, user, items) == all);
    }
    // A new user of one rating is that item's weights.
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{60};
    rows.items = std::vector<std::int32_t>{9};
    rows.values = std::vector<float>{1};
    const std::vector<float> before = scores(*model, 5, items);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    std::vector<float> like(static_cast<std::size_t>(items));
    REQUIRE(model->similar_items(9, items, like.data()));
    CHECK(scores(*model, 60, items) == like);
    CHECK(like[9] == 0);
    CHECK(*std::max_element(like.begin(), like.end()) > 0);
    CHECK(scores(*model, 5, items) == before);
  }
  SECTION("nothing is known of unknown ids, unseen users and unseen items") {
    const auto model = fitted("lambda: 20.0", toy_context);
    CHECK(predict(*model, -1, 3) == 0);
    CHECK(predict(*model, 3, -1) == 0);
    CHECK(predict(*model, 60, 3) == 0);
    CHECK(predict(*model, 3, 50) == 0);
    CHECK(model->explain(-1, 3)->sum() == 0);
    CHECK(scores(*model, -1, items) == std::vector<float>(static_cast<std::size_t>(items)));
  }
  SECTION("repeated interactions are one in binary values and add up as rated") {
    Toy repeated = cofi::testing::hand_toy(), summed = cofi::testing::hand_toy();
    auto& data = repeated.data.interactions;
    data.users = std::vector<std::int32_t>{0, 0, 1, 1, 2, 2, 0};
    data.items = std::vector<std::int32_t>{0, 1, 0, 2, 1, 2, 0};
    data.values = std::vector<float>{2, 3, 4, 1, 2, 3, 3};
    repeated.train.push_back(6);
    const ToyContext with(repeated), without(summed);
    for (const char* values : {"values: binary, lambda: 2.0", "values: ratings, lambda: 2.0"}) {
      CHECK(scores(*fitted(values, with), 0, 3) == scores(*fitted(values, without), 0, 3));
    }
  }
}

TEST_CASE("model/ease refuses what it cannot do") {
  using Catch::Contains;
  Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  CHECK_THROWS_WITH(fitted("max_items: 50", toy_context), Contains("51 x 51 items") &&
                                                              Contains("max_items allows 50") &&
                                                              Contains("raise it"));
  CHECK_THROWS_WITH(ease("lambda: 0.0"), Contains("lambda") && Contains("0.001"));
  SECTION("constant ratings so large that lambda is lost beside them") {
    Toy full = cofi::testing::hand_toy();
    std::vector<std::int32_t> users, items;
    for (std::int32_t cell = 0; cell < 9; ++cell) {
      users.push_back(cell / 3);
      items.push_back(cell % 3);
    }
    full.data.interactions.users = users;
    full.data.interactions.items = items;
    full.data.interactions.values = std::vector<float>(9, 8192);
    full.train = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    const ToyContext constant(full);
    CHECK_THROWS_WITH(fitted("lambda: 0.01, values: ratings", constant),
                      Contains("not positive definite") && Contains("raise lambda"));
    CHECK(std::isfinite(predict(*fitted("lambda: 0.01", constant), 0, 0)));
  }
  SECTION("no training data") {
    toy.train.clear();
    const ToyContext empty(toy);
    CHECK_THROWS_WITH(fitted("", empty), Contains("no training interactions"));
  }
}
