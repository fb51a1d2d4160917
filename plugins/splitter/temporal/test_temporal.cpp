#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cofi/splitter.hpp"
#include "cofi/testing/make.hpp"

#include "support/dated_data.hpp"
#include "support/load_context.hpp"
#include "support/split_checks.hpp"

namespace {

using cofi::test::all_rows;
using cofi::test::Loading;
using Rows = std::vector<std::int32_t>;

cofi::Split divide(const std::string& yaml, const cofi::Data& data, const Rows& rows,
                   std::int64_t fold = 0, const Loading& loading = Loading()) {
  return cofi::testing::make<cofi::Splitter>("splitter/temporal", yaml)
      ->at(fold, data, rows, loading.context());
}

cofi::Split divide(const std::string& yaml, const cofi::Data& data, std::int64_t fold = 0,
                   const Loading& loading = Loading()) {
  return divide(yaml, data, all_rows(data.interactions.size()), fold, loading);
}

}  // namespace

TEST_CASE("splitter/temporal") {
  // Times 0 to 19; row user * 5 + n has the time n * 4 + user.
  const cofi::Data data = cofi::test::regular(4, 5);
  SECTION("the latest fraction, in the data's order") {
    const cofi::Split split = divide("{test: 0.3}", data);
    CHECK(cofi::test::divides(split, all_rows(20)));
    CHECK(split.test == Rows{4, 9, 13, 14, 18, 19});  // times 16 17 14 18 15 19
  }
  SECTION("from a moment on") { CHECK(divide("{at: 17}", data).test == Rows{9, 14, 19}); }
  SECTION("rows of one moment stay together, in the test part") {
    const cofi::Data ties =
        cofi::test::dated({{0, 0, 5}, {0, 1, 7}, {1, 0, 7}, {1, 1, 7}, {1, 2, 1}}, 2, 3);
    CHECK(divide("{test: 0.2}", ties).test == Rows{1, 2, 3});
  }
  SECTION("some of the rows") {
    CHECK(divide("{test: 0.5}", data, Rows{19, 0, 1, 4}).test == Rows{19, 4});
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(divide("{test: 0}", data), Catch::Contains("between 0 and 1"));
    CHECK_THROWS_WITH(divide("{at: 20}", data),
                      "splitter/temporal: at: all 20 rows are before the moment 20; at least one "
                      "must be tested and one left");
    CHECK_THROWS_WITH(divide("{at: 0}", data), Catch::Contains("at or after the moment 0"));
    CHECK_THROWS_WITH(divide("{test: 0.01}", data), Catch::Contains("test takes 0 of 20 rows"));
    CHECK_THROWS_WITH(divide("{}", cofi::test::without_times(data)),
                      Catch::Contains("splitter/temporal: needs timestamps"));
  }
}
