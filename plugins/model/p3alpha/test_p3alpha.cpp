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

std::unique_ptr<cofi::Model> fitted(const std::string& parameters, const ToyContext& toy_context) {
  auto model = cofi::testing::make<cofi::Model>("model/p3alpha", "{" + parameters + "}");
  model->fit(toy_context.context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// The walks in plain arithmetic: x [users x items] of the training rows.
struct Walks {
  Walks(const Toy& toy, bool binary, double power) : alpha(power) {
    const cofi::Interactions& all = toy.data.interactions;
    x.assign(static_cast<std::size_t>(toy.data.users.size()),
             std::vector<double>(static_cast<std::size_t>(toy.data.items.size())));
    for (const std::int32_t row : toy.train) {
      const auto n = static_cast<std::size_t>(row);
      x[static_cast<std::size_t>(all.users[n])][static_cast<std::size_t>(all.items[n])] =
          binary ? 1 : all.values[n];
    }
    of_user.resize(x.size());
    of_item.resize(x[0].size());
    for (std::size_t u = 0; u < x.size(); ++u) {
      for (std::size_t i = 0; i < of_item.size(); ++i) {
        of_user[u] += x[u][i];
        of_item[i] += x[u][i];
      }
    }
  }
  double from_user(std::size_t u, std::size_t i) const {
    return x[u][i] > 0 ? std::pow(x[u][i] / of_user[u], alpha) : 0;
  }
  double weight(std::size_t i, std::size_t j) const {
    double sum = 0;
    for (std::size_t v = 0; v < x.size() && i != j; ++v) {
      if (x[v][i] > 0) sum += std::pow(x[v][i] / of_item[i], alpha) * from_user(v, j);
    }
    return sum;
  }
  Matrix weights() const {
    Matrix all(of_item.size(), std::vector<double>(of_item.size()));
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < all.size(); ++j) all[i][j] = weight(i, j);
    }
    return all;
  }

  double alpha;
  Matrix x;
  std::vector<double> of_user, of_item;  // sums
};

double largest_difference(const cofi::Model& model, const Walks& walks, const Matrix& w) {
  double largest = 0;
  for (std::size_t u = 0; u < walks.x.size(); ++u) {
    for (std::size_t j = 0; j < w.size(); ++j) {
      double wanted = 0;
      for (std::size_t i = 0; i < w.size(); ++i) wanted += walks.from_user(u, i) * w[i][j];
      const float found =
          predict(model, static_cast<std::int32_t>(u), static_cast<std::int32_t>(j));
      largest = std::max(largest, std::abs(found - wanted));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("model/p3alpha against its formula in plain arithmetic") {
  SECTION("by hand") {
    // hand_toy, a 1 an interaction: every user and item has two. From a to z: over x (1/2) to b
    // (1/2) to z (1/2), or over y to c to z; from a to x: over y back to a to x, a walk that x
    // itself begins not counted.
    const Toy toy = cofi::testing::hand_toy();
    const ToyContext toy_context(toy);
    const auto model = fitted("", toy_context);
    CHECK(predict(*model, 0, 2) == 0.25F);
    CHECK(predict(*model, 0, 0) == 0.125F);
    const auto why = model->explain(0, 2);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 2);
    CHECK(why->terms[0].value == 0.125);
    CHECK(why->terms[1].id == 1);
    CHECK(predict(*fitted("alpha: 2.0", toy_context), 0, 2) == Approx(2.0 / 64));
  }
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  for (const bool binary : {true, false}) {
    for (const double alpha : {1.0, 0.4, 1.7}) {
      INFO((binary ? "binary, alpha " : "ratings, alpha ") << alpha);
      const Walks walks(toy, binary, alpha);
      const std::string parameters = std::string("values: ") + (binary ? "binary" : "ratings") +
                                     ", alpha: " + std::to_string(alpha);
      CHECK(largest_difference(*fitted(parameters, toy_context), walks, walks.weights()) < 1e-5);
    }
  }
  SECTION("k leaves the largest weights of a row, and normalize makes them add up to 1") {
    const Walks walks(toy, false, 1);
    Matrix w = walks.weights();
    for (auto& row : w) {
      std::vector<double> sizes = row;
      std::sort(sizes.rbegin(), sizes.rend());
      for (double& weight : row) weight = weight < sizes[5] ? 0 : weight;
    }
    CHECK(largest_difference(*fitted("values: ratings, k: 6", toy_context), walks, w) < 1e-6);
    for (auto& row : w) {
      double sum = 0;
      for (const double weight : row) sum += weight;
      for (double& weight : row) weight = sum > 0 ? weight / sum : 0;
    }
    CHECK(largest_difference(*fitted("values: ratings, k: 6, normalize: true", toy_context), walks,
                             w) < 1e-6);
  }
}

TEST_CASE("model/p3alpha: folding in, threads, unseen ids, and what it refuses") {
  const Toy toy = cofi::testing::additive_toy();
  cofi::testing::ToyOptions options;
  options.threads = 3;
  const ToyContext one(toy), three(toy, options);
  const std::string parameters = "values: ratings, alpha: 0.7, k: 9";
  const auto model = fitted(parameters, one);
  CHECK(cofi::testing::predictions(*model, toy, toy.test) ==
        cofi::testing::predictions(*fitted(parameters, three), toy, toy.test));
  CHECK(predict(*model, 60, 3) == 0);
  CHECK(predict(*model, -1, 3) == 0);
  CHECK(predict(*model, 3, 50) == 0);
  SECTION("a new user's first step is among its own items") {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{60, 60};
    rows.items = std::vector<std::int32_t>{4, 9};
    rows.values = std::vector<float>{1, 3};
    REQUIRE(model->fold_in(rows, one.pool()));
    std::vector<float> first(51), second(51);
    REQUIRE(model->similar_items(4, 51, first.data()));
    REQUIRE(model->similar_items(9, 51, second.data()));
    for (std::int32_t item = 0; item < 51; ++item) {
      const auto at = static_cast<std::size_t>(item);
      CHECK(
          predict(*model, 60, item) ==
          Approx(std::pow(0.25, 0.7) * first[at] + std::pow(0.75, 0.7) * second[at]).margin(1e-7));
    }
  }
  SECTION("values that are not positive have no probability; binary ones do") {
    Toy zeros = cofi::testing::hand_toy();
    zeros.data.interactions.values = std::vector<float>{5, 3, 4, 0, 2, 3};
    const ToyContext zero_context(zeros);
    CHECK_THROWS_WITH(fitted("values: ratings", zero_context),
                      Catch::Contains("values above 0") && Catch::Contains("one of 0") &&
                          Catch::Contains("values: binary"));
    CHECK(predict(*fitted("", zero_context), 0, 2) == 0.25F);
  }
  SECTION("no training data") {
    Toy empty = cofi::testing::hand_toy();
    empty.train.clear();
    const ToyContext empty_context(empty);
    CHECK_THROWS_WITH(fitted("", empty_context), Catch::Contains("no training interactions"));
  }
}
