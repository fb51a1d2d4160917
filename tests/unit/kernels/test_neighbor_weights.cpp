#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include "cofi/kernels/neighbor_weights.hpp"
#include "cofi/solo_communicator.hpp"
#include "cofi/testing/toy_context.hpp"

using namespace cofi::kernels;
using cofi::testing::ToyContext;

namespace {

BiasOptions few_epochs() {
  BiasOptions options;
  options.epochs = 2;
  return options;
}

}  // namespace

TEST_CASE("NeighborWeights") {
  const ToyContext toy(cofi::testing::hand_toy());
  Residuals residuals(few_epochs());
  residuals.take(toy.context());
  constexpr std::size_t kItems = 3;

  SECTION("who is near: what a user rated, the item itself left out") {
    NeighborWeights weights({});
    weights.setup(toy.context(), residuals);
    Near near;
    weights.near(residuals.of(0), 2, near);  // user a rated x and y
    REQUIRE(near.count == 2);
    CHECK(near.slots[0] == 0);
    CHECK(near.slots[1] == 1);
    CHECK(near.values[1] == residuals.of(0)[1].value);
    CHECK(near.norm == Approx(std::sqrt(0.5)));
    weights.near(residuals.of(0), 1, near);
    REQUIRE(near.count == 1);
    CHECK(near.slots[0] == 0);
    weights.near(residuals.of(0), -1, near);
    CHECK(near.count == 0);
    CHECK(weights.value(0, near) == 0);
  }
  SECTION("with k, only of the most similar items") {
    // A checkerboard: every item is like, or the opposite of, every other.
    const ToyContext blocks(cofi::testing::block_toy());
    Residuals rated(few_epochs());
    rated.take(blocks.context());
    NeighborWeightsOptions options;
    options.k = 4;
    NeighborWeights weights(options);
    weights.setup(blocks.context(), rated);
    for (std::int32_t item = 0; item < 30; ++item) {
      cofi::Explanation why;
      weights.explain(rated.of(0), item, why);
      CAPTURE(item);
      CHECK(why.terms.size() <= 4);
      CHECK_FALSE(why.terms.empty());
      for (const auto& term : why.terms) {
        CHECK(term.id != item);
      }
    }
  }
  SECTION("an epoch of steps, against the same in double") {
    NeighborWeightsOptions options;
    options.reg_explicit = 0.1;
    options.reg_implicit = 0.2;
    NeighborWeights weights(options);
    weights.setup(toy.context(), residuals);
    const NeighborWeightsRates rates{1, 0.5, false};
    const cofi::PointwiseLoss loss;
    cofi::SoloCommunicator solo;
    const cofi::Random random(4);
    const cofi::ThreadPool pool(2);
    const cofi::SgdPass pass{1, 0.05, 0, loss, random, pool, solo};
    // In the residuals' order: users a, b, c with two ratings each.
    const std::vector<float> rest = {3, 2, 4, 1, 2.5F, 3};
    const std::vector<std::vector<double>> ratings = {{5, 3, 0}, {4, 0, 1}, {0, 2, 3}};
    std::vector<float> sums(rest.size());

    std::vector<std::vector<double>> w(kItems, std::vector<double>(kItems)), c = w;
    const auto position = [&](std::int32_t user, std::size_t item) {
      return static_cast<std::size_t>(2 * user) +
             (residuals.of(user)[0].id == static_cast<std::int32_t>(item) ? 0 : 1);
    };
    const auto value = [&](std::int32_t user, std::size_t item) {
      double sum = 0;
      for (const auto& [j, residual] : residuals.of(user)) {
        const auto other = static_cast<std::size_t>(j);
        if (other != item) sum += residual * w[item][other] + c[item][other];
      }
      return sum;  // one neighbor: the norm is 1
    };
    for (int epoch = 0; epoch < 3; ++epoch) weights.pass(residuals, pass, rates, rest, sums);
    for (int epoch = 0; epoch < 3; ++epoch) {
      for (std::size_t item = 0; item < kItems; ++item) {
        std::vector<std::int32_t> raters;
        for (std::int32_t user = 0; user < 3; ++user) {
          if (ratings[static_cast<std::size_t>(user)][item] != 0) raters.push_back(user);
        }
        cofi::Random own = random.stream("neighbor_weights").stream(item);
        for (const std::int32_t n : own.permutation(static_cast<std::int32_t>(raters.size()))) {
          const std::int32_t user = raters[static_cast<std::size_t>(n)];
          const double error = rest[position(user, item)] + value(user, item) -
                               ratings[static_cast<std::size_t>(user)][item];
          for (const auto& [j, residual] : residuals.of(user)) {
            const auto other = static_cast<std::size_t>(j);
            if (other == item) continue;
            double &weight = w[item][other], &offset = c[item][other];
            weight -= 0.05 * (2 * error * residual + 0.1 * weight);
            offset -= 0.025 * (2 * error + 0.2 * offset);
          }
        }
      }
    }
    for (std::int32_t user = 0; user < 3; ++user) {
      for (const auto& [item, unused] : residuals.of(user)) {
        const auto i = static_cast<std::size_t>(item);
        CHECK(sums[position(user, i)] == Approx(value(user, i)).epsilon(1e-5));
        // Its terms, too, add up to that.
        cofi::Explanation why;
        weights.explain(residuals.of(user), item, why);
        double terms = 0;
        for (const auto& term : why.terms) terms += term.value;
        CHECK(terms == Approx(value(user, i)).epsilon(1e-5));
      }
    }
    std::vector<float> similar(kItems);
    weights.similar_items(0, kItems, similar.data());
    for (std::size_t j = 1; j < kItems; ++j) CHECK(similar[j] == Approx(w[0][j]).epsilon(1e-5));
  }
  SECTION("more memory than allowed: an error with the k that fits") {
    NeighborWeightsOptions options;
    options.max_memory = 0.00005;
    NeighborWeights weights(options);
    CHECK_THROWS_WITH(weights.setup(toy.context(), residuals), Catch::Contains("set k to 2"));
  }
}
