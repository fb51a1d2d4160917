#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <vector>

#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

// Of 60 users and 50 items.
std::vector<float> draws(const char* parameters, std::uint64_t seed = 1) {
  cofi::testing::ToyOptions options;
  options.seed = seed;
  const cofi::testing::Toy toy = cofi::testing::additive_toy();
  const cofi::testing::ToyContext context(toy, options);
  const auto model = cofi::testing::make<cofi::Model>("model/random", parameters);
  model->fit(context.context());
  std::vector<std::int32_t> users, items;
  for (std::int32_t user = 0; user < 60; ++user) {
    for (std::int32_t item = 0; item < 50; ++item) {
      users.push_back(user);
      items.push_back(item);
    }
  }
  std::vector<float> out(users.size());
  model->predict({users, items, {}}, out.data());
  return out;
}

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const std::vector<float>& values) {
  Moments found;
  for (const float value : values) found.mean += value / static_cast<double>(values.size());
  for (const float value : values) {
    found.deviation += std::pow(value - found.mean, 2) / static_cast<double>(values.size());
  }
  found.deviation = std::sqrt(found.deviation);
  return found;
}

}  // namespace

TEST_CASE("model/random") {
  SECTION("scores are uniform") {
    const Moments found = moments(draws("{}"));
    // Three thousand draws: four standard errors.
    CHECK(found.mean == Approx(0.5).margin(4 * 0.2887 / std::sqrt(3000.0)));
    CHECK(found.deviation == Approx(0.2887).margin(0.01));
  }
  SECTION("the seed alone decides") {
    CHECK(draws("{}") == draws("{}"));
    CHECK(draws("{}") != draws("{}", 2));
  }
  SECTION("ratings have the training ratings' mean and spread, on their scale") {
    const cofi::testing::Toy toy = cofi::testing::additive_toy();
    std::vector<float> train;
    for (const std::int32_t row : toy.train) {
      train.push_back(toy.data.interactions.values[static_cast<std::size_t>(row)]);
    }
    const Moments expected = moments(train), found = moments(draws("{output: rating}"));
    CHECK(found.mean == Approx(expected.mean).margin(0.05));
    CHECK(found.deviation == Approx(expected.deviation).margin(0.05));
    for (const float value : draws("{output: rating}")) {
      CHECK(value >= toy.data.scale.low);
      CHECK(value <= toy.data.scale.high);
    }
  }
}
