#include <catch2/catch.hpp>

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

std::unique_ptr<cofi::Model> fitted(const std::string& name, const std::string& parameters,
                                    const ToyContext& toy_context) {
  auto model = cofi::testing::make<cofi::Model>("model/" + name, "{" + parameters + "}");
  model->fit(toy_context.context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

}  // namespace

TEST_CASE("model/rp3beta") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext toy_context(toy);
  SECTION("beta 0 is p3alpha, bit for bit") {
    const std::string parameters = "values: ratings, alpha: 0.7, k: 12";
    const auto model = fitted("rp3beta", parameters + ", beta: 0.0", toy_context);
    CHECK(cofi::testing::predictions(*model, toy, toy.test) ==
          cofi::testing::predictions(*fitted("p3alpha", parameters, toy_context), toy, toy.test));
  }
  SECTION("scores are p3alpha's over the items' popularity to the power beta") {
    for (const bool binary : {true, false}) {
      const std::string parameters =
          std::string("k: 1000, alpha: 0.7, values: ") + (binary ? "binary" : "ratings");
      const auto model = fitted("rp3beta", parameters + ", beta: 0.4", toy_context);
      const auto plain = fitted("p3alpha", parameters, toy_context);
      std::vector<double> popularity(51);
      for (const std::int32_t row : toy.train) {
        const auto n = static_cast<std::size_t>(row);
        const cofi::Interactions& all = toy.data.interactions;
        popularity[static_cast<std::size_t>(all.items[n])] += binary ? 1 : all.values[n];
      }
      for (std::int32_t item = 0; item < 50; ++item) {
        const double divisor = std::pow(popularity[static_cast<std::size_t>(item)], 0.4);
        CHECK(predict(*model, 7, item) == Approx(predict(*plain, 7, item) / divisor));
      }
    }
  }
  SECTION("k and normalize come after the division") {
    // a and b have x, b and c have y, b alone z: from x the walks to y weigh 1/2 1/3, to z as much;
    // y is twice as popular, so that z is what is kept.
    Toy small = cofi::testing::hand_toy();
    small.data.interactions.users = std::vector<std::int32_t>{0, 1, 1, 2, 1};
    small.data.interactions.items = std::vector<std::int32_t>{0, 0, 1, 1, 2};
    small.data.interactions.values = std::vector<float>(5, 1);
    small.train = {0, 1, 2, 3, 4};
    const ToyContext small_context(small);
    const auto all = fitted("rp3beta", "beta: 1.0", small_context);
    CHECK(predict(*all, 0, 1) == Approx(1.0 / 12));
    CHECK(predict(*all, 0, 2) == Approx(1.0 / 6));
    const auto kept = fitted("rp3beta", "beta: 1.0, k: 1, normalize: true", small_context);
    CHECK(predict(*kept, 0, 1) == 0);
    CHECK(predict(*kept, 0, 2) == 1);
  }
  SECTION("the bits do not depend on the number of threads") {
    cofi::testing::ToyOptions options;
    options.threads = 3;
    const ToyContext three(toy, options);
    const std::string parameters = "alpha: 0.7, k: 9";
    CHECK(cofi::testing::predictions(*fitted("rp3beta", parameters, toy_context), toy, toy.test) ==
          cofi::testing::predictions(*fitted("rp3beta", parameters, three), toy, toy.test));
  }
  SECTION("unseen users and items, and ids outside the vocabulary, have a score of 0") {
    const auto model = fitted("rp3beta", "", toy_context);
    CHECK(predict(*model, 60, 3) == 0);
    CHECK(predict(*model, -1, 3) == 0);
    CHECK(predict(*model, 3, 50) == 0);
    CHECK(predict(*model, 3, -1) == 0);
  }
}
