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
  return cofi::testing::make<cofi::Splitter>("splitter/leave_n_out", yaml)
      ->at(fold, data, rows, loading.context());
}

cofi::Split divide(const std::string& yaml, const cofi::Data& data, std::int64_t fold = 0,
                   const Loading& loading = Loading()) {
  return divide(yaml, data, all_rows(data.interactions.size()), fold, loading);
}

}  // namespace

TEST_CASE("splitter/leave_n_out") {
  const cofi::Data data = cofi::test::regular(4, 10);
  const auto of_each = [&](const cofi::Split& split) {
    std::vector<int> counts(4, 0);
    for (const std::int32_t row : split.test) ++counts[static_cast<std::size_t>(row / 10)];
    return counts;
  };
  SECTION("one of each user by default, n, or a fraction rounded half to even") {
    for (const auto& [yaml, each] : std::vector<std::pair<std::string, int>>{
             {"{}", 1}, {"{n: 9}", 9}, {"{fraction: 0.25}", 2}, {"{fraction: 0.35}", 4}}) {
      const cofi::Split split = divide(yaml, data);
      CHECK(cofi::test::divides(split, all_rows(40)));
      CHECK(of_each(split) == std::vector<int>(4, each));
      CHECK(split.notes.empty());
    }
  }
  SECTION("by time: each user's latest; of equal times the later rows") {
    CHECK(divide("{n: 2, by: time}", data).test == Rows{8, 9, 18, 19, 28, 29, 38, 39});
    const cofi::Data mixed =
        cofi::test::dated({{0, 0, 9}, {0, 1, 3}, {0, 2, 9}, {1, 0, 5}, {1, 1, 5}}, 2, 3);
    CHECK(divide("{by: time}", mixed).test == Rows{2, 4});
    CHECK(divide("{by: time}", mixed, Rows{4, 1, 0, 3}).test == Rows{4, 0});
  }
  SECTION("leaving a user's rows away moves no other user's draw") {
    Rows rest;
    for (std::int32_t row = 10; row < 40; ++row) rest.push_back(row);
    Rows expected;
    for (const std::int32_t row : divide("{n: 3}", data).test) {
      if (row >= 10) expected.push_back(row);
    }
    CHECK(divide("{n: 3}", data, rest).test == expected);
  }
  SECTION("the seed decides, threads never") {
    const auto of = [&](const std::string& yaml, const Loading& loading) {
      return divide(yaml, data, 0, loading);
    };
    CHECK(cofi::test::same(of("{}", Loading(".", 5, 1)), of("{}", Loading(".", 5, 3))));
    CHECK(cofi::test::same(of("{seed: 5}", Loading(".", 9)), of("{}", Loading(".", 5))));
    CHECK_FALSE(cofi::test::same(of("{}", Loading(".", 5)), of("{}", Loading(".", 6))));
  }
  SECTION("users with too few rows") {
    const cofi::Data uneven = cofi::test::dated({{0, 0, 1}, {0, 1, 2}, {1, 0, 3}}, 3, 2);
    const cofi::Split split = divide("{}", uneven);
    CHECK(split.test.size() == 1);
    CHECK(cofi::test::divides(split, all_rows(3)));
    CHECK(split.notes ==
          std::vector<std::string>{"1 of 2 users have too few rows to test some and train on some, "
                                   "the first 'u1' with 1; kept whole for training"});
    CHECK_THROWS_WITH(divide("{too_few: error}", uneven),
                      Catch::Contains("'u1' with 1; test fewer, or keep such users whole"));
    CHECK_THROWS_WITH(divide("{n: 2}", uneven), Catch::Contains("nothing is left to test"));
    CHECK_THROWS_WITH(divide("{}", uneven, Rows{}), Catch::Contains("no rows to divide"));
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(divide("{n: 1, fraction: 0.5}", data),
                      Catch::Contains("fraction: give either n or fraction"));
    CHECK_THROWS_WITH(divide("{fraction: 0}", data), Catch::Contains("between 0 and 1"));
    CHECK_THROWS_WITH(divide("{by: time}", cofi::test::without_times(data)),
                      "splitter/leave_n_out: by: time needs timestamps, and the data has none; use "
                      "by: random");
  }
}
