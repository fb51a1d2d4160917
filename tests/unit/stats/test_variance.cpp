#include <catch2/catch.hpp>

#include <cmath>

#include "stats/variance.hpp"

using cofi::stats::spread_parts;

TEST_CASE("The spread of splits apart from that of seeds") {
  SECTION("by hand") {
    // Folds (1, 3) and (7, 9): within each a variance of 2. Means 2 and 8 have a variance of 18, of
    // which 2 / 2 is the seeds'.
    const auto parts = spread_parts({{1, 3}, {7, 9}});
    CHECK(parts.seed == Approx(std::sqrt(2.0)));
    CHECK(parts.split == Approx(std::sqrt(17.0)));
  }
  SECTION("seeds alone can explain folds that are alike") {
    const auto parts = spread_parts({{1, 3}, {3, 1}});
    CHECK(parts.split == 0);
    CHECK(parts.seed == Approx(std::sqrt(2.0)));
  }
  SECTION("one repeat tells nothing of seeds, one fold nothing of splits") {
    CHECK(std::isnan(spread_parts({{1}, {3}}).seed));
    CHECK(spread_parts({{1}, {3}}).split == Approx(std::sqrt(2.0)));
    CHECK(std::isnan(spread_parts({{1, 3}}).split));
    CHECK(spread_parts({{1, 3}}).seed == Approx(std::sqrt(2.0)));
  }
}
