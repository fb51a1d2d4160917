#include <catch2/catch.hpp>

#include <vector>

#include "cofi/interactions.hpp"
#include "cofi/kernels/negatives.hpp"
#include "cofi/parallel.hpp"

using cofi::kernels::Negatives;

namespace {

// User 0 has items 1 and 3 (3 twice) of six, user 1 all of them, user 2 none, user 3 item 4.
cofi::Interactions interactions() {
  cofi::Interactions rows;
  rows.users = std::vector<std::int32_t>{0, 1, 0, 1, 1, 0, 1, 3, 1, 1};
  rows.items = std::vector<std::int32_t>{3, 0, 1, 1, 2, 3, 3, 4, 4, 5};
  rows.values = std::vector<float>(10, 1);
  return rows;
}

// How often each item comes in so many draws.
std::vector<double> shares(const Negatives& negatives, std::int32_t user) {
  constexpr int kDraws = 60000;
  cofi::Random random = cofi::Random(7).stream("test");
  std::vector<double> found(6);
  for (int n = 0; n < kDraws; ++n) {
    found.at(static_cast<std::size_t>(negatives.draw(user, random))) += 1.0 / kDraws;
  }
  return found;
}

void check_shares(const std::vector<double>& found, const std::vector<double>& expected) {
  for (std::size_t item = 0; item < expected.size(); ++item) {
    CAPTURE(item);
    // Five standard deviations; what must not come never does.
    const double margin = expected[item] == 0 ? 0 : 0.01;
    CHECK(found[item] == Approx(expected[item]).margin(margin));
  }
}

}  // namespace

TEST_CASE("Negatives are drawn from what a user has no interaction with") {
  const cofi::ThreadPool pool(1);
  const cofi::Interactions rows = interactions();
  SECTION("all alike") {
    const Negatives negatives(rows, 4, 6, Negatives::Weight::kUniform, pool);
    check_shares(shares(negatives, 0), {0.25, 0, 0.25, 0, 0.25, 0.25});
    check_shares(shares(negatives, 2), {1. / 6, 1. / 6, 1. / 6, 1. / 6, 1. / 6, 1. / 6});
    check_shares(shares(negatives, 3), {0.2, 0.2, 0.2, 0.2, 0, 0.2});
    CHECK(negatives.any(0));
    CHECK_FALSE(negatives.any(1));
  }
  SECTION("by the number of interactions: 1 2 1 3 2 1, and a seventh item that nobody has") {
    const Negatives negatives(rows, 4, 7, Negatives::Weight::kPopularity, pool);
    check_shares(shares(negatives, 0), {0.2, 0, 0.2, 0, 0.4, 0.2});
    check_shares(shares(negatives, 2), {0.1, 0.2, 0.1, 0.3, 0.2, 0.1});
    check_shares(shares(negatives, 3), {0.125, 0.25, 0.125, 0.375, 0, 0.125});
    CHECK_FALSE(negatives.any(1));
  }
}
