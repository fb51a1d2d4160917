#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "stats/correction.hpp"

TEST_CASE("Holm's correction") {
  using Values = std::vector<double>;
  SECTION("by hand: .005 x 4, .01 x 3, .03 x 2, and .04 is no less than .06 before it") {
    const Values adjusted = cofi::stats::holm(Values{0.01, 0.04, 0.03, 0.005});
    const Values expected = {0.03, 0.06, 0.06, 0.02};
    REQUIRE(adjusted.size() == 4);
    for (std::size_t n = 0; n < 4; ++n) CHECK(adjusted[n] == Approx(expected[n]).epsilon(1e-12));
  }
  SECTION("never above 1, and tests that could not be taken do not count") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Values adjusted = cofi::stats::holm(Values{0.9, nan, 0.02});
    CHECK(adjusted[0] == 0.9);
    CHECK(std::isnan(adjusted[1]));
    CHECK(adjusted[2] == 0.04);
    CHECK(cofi::stats::holm(Values{0.8, 0.7})[0] == 1);
  }
  SECTION("nothing") { CHECK(cofi::stats::holm(Values{}).empty()); }
}
