#include <catch2/catch.hpp>

#include "eval/split_check.hpp"
#include "support/dated_data.hpp"

using cofi::eval::check_disjoint;
using cofi::eval::find_leaks;

TEST_CASE("Splits are checked") {
  cofi::Split split;
  split.train = {0, 3};
  split.validation = {4};
  split.test = {1};
  split.fold_in = {2};
  SECTION("overlapping parts are an error that names splitter, row and parts") {
    CHECK_NOTHROW(check_disjoint(split, 5, "splitter/mine"));
    CHECK_THROWS_WITH(check_disjoint(split, 4, "splitter/mine"),
                      "splitter/mine: validation has row 4 of a table of 4 rows; the splitter is "
                      "wrong");
    split.fold_in = {3};
    CHECK_THROWS_WITH(check_disjoint(split, 5, "splitter/mine"),
                      "splitter/mine: row 3 is in train and again in fold_in; parts must be "
                      "disjoint, the splitter is wrong");
    split.fold_in = {};
    split.test = {1, 1};
    CHECK_THROWS_WITH(check_disjoint(split, 5, "splitter/mine"),
                      Catch::Contains("row 1 is in test and again in test"));
    split.test = {-1};
    CHECK_THROWS_WITH(check_disjoint(split, 5, "splitter/mine"), Catch::Contains("row -1"));
  }
  SECTION("leaks: the same pair on both sides, training after the first test row") {
    const cofi::Data data =
        cofi::test::dated({{0, 0, 10}, {0, 0, 20}, {1, 0, 5}, {1, 1, 30}, {0, 1, 40}}, 2, 2);
    const auto leaks = [&](const cofi::Data& of) {
      return find_leaks(of.interactions, 2, 2, split);
    };
    // Tested: user 0 with item 0 at 20, which row 0 has in train. Row 3 trains at 30.
    CHECK(leaks(data).pairs == 1);
    CHECK(leaks(data).future == 1);
    CHECK(leaks(data).text() == "1 pairs, 1 later rows");
    CHECK(leaks(cofi::test::without_times(data)).text() == "1 pairs");
    split.train = {2};
    CHECK(leaks(data).text().empty());  // user 1 with item 0 is another pair
    split.fold_in = {0};
    CHECK(leaks(data).pairs == 1);
    split.train = {2, 1};
    split.test = {3};
    split.fold_in = {};
    CHECK(leaks(data).future == 0);
  }
}
