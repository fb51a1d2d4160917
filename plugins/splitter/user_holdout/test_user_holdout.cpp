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
  return cofi::testing::make<cofi::Splitter>("splitter/user_holdout", yaml)
      ->at(fold, data, rows, loading.context());
}

cofi::Split divide(const std::string& yaml, const cofi::Data& data, std::int64_t fold = 0,
                   const Loading& loading = Loading()) {
  return divide(yaml, data, all_rows(data.interactions.size()), fold, loading);
}

}  // namespace

TEST_CASE("splitter/user_holdout") {
  const cofi::Data data = cofi::test::regular(10, 5);
  const auto users = [](const Rows& rows) {
    std::set<int> found;
    for (const std::int32_t row : rows) found.insert(row / 5);
    return found;
  };
  SECTION("held-out users are not trained on; a part of their rows is given") {
    const cofi::Split split = divide("{users: 0.3, fold_in: 0.6}", data);
    CHECK(split.train.size() == 35);
    CHECK(split.fold_in.size() == 9);
    CHECK(split.test.size() == 6);
    CHECK(users(split.fold_in).size() == 3);
    CHECK(users(split.fold_in) == users(split.test));
    for (const int user : users(split.test)) CHECK(users(split.train).count(user) == 0);
    Rows rows = split.train;
    rows.insert(rows.end(), split.fold_in.begin(), split.fold_in.end());
    rows.insert(rows.end(), split.test.begin(), split.test.end());
    std::sort(rows.begin(), rows.end());
    CHECK(rows == all_rows(50));
  }
  SECTION("by time: the earliest are given; one at least is given and one asked for") {
    const cofi::Split split = divide("{fold_in: 0.6, by: time}", data);
    for (const std::int32_t row : split.fold_in) CHECK(row % 5 < 3);
    for (const std::int32_t row : split.test) CHECK(row % 5 >= 3);
    CHECK(divide("{fold_in: 0.99}", data).test.size() == 2);
    CHECK(divide("{fold_in: 0.01}", data).fold_in.size() == 2);
  }
  SECTION("the seed decides, threads never") {
    const auto of = [&](const std::string& yaml, const Loading& loading) {
      return divide(yaml, data, 0, loading);
    };
    CHECK(cofi::test::same(of("{}", Loading(".", 5, 1)), of("{}", Loading(".", 5, 3))));
    CHECK(cofi::test::same(of("{seed: 5}", Loading(".", 9)), of("{}", Loading(".", 5))));
    CHECK_FALSE(cofi::test::same(of("{}", Loading(".", 5)), of("{}", Loading(".", 6))));
  }
  SECTION("users with one row are never held out") {
    const cofi::Data single = cofi::test::dated({{0, 0, 1}, {1, 0, 2}, {1, 1, 3}}, 2, 2);
    CHECK(divide("{users: 0.5}", single).train == Rows{0});
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(divide("{users: 1}", data), Catch::Contains("between 0 and 1"));
    CHECK_THROWS_WITH(divide("{fold_in: 1}", data), Catch::Contains("between 0 and 1"));
    CHECK_THROWS_WITH(divide("{users: 0.01}", data), Catch::Contains("holds out 0 of 10 users"));
    CHECK_THROWS_WITH(divide("{users: 0.5}", data, Rows{0, 5, 10, 15}),
                      Catch::Contains("holds out 2 of 4 users, 0 of whom have the two rows"));
    CHECK_THROWS_WITH(divide("{by: time}", cofi::test::without_times(data)),
                      Catch::Contains("needs timestamps"));
  }
}
