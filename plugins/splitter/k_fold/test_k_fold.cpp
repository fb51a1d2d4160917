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
  return cofi::testing::make<cofi::Splitter>("splitter/k_fold", yaml)
      ->at(fold, data, rows, loading.context());
}

cofi::Split divide(const std::string& yaml, const cofi::Data& data, std::int64_t fold = 0,
                   const Loading& loading = Loading()) {
  return divide(yaml, data, all_rows(data.interactions.size()), fold, loading);
}

}  // namespace

TEST_CASE("splitter/k_fold") {
  const cofi::Data data = cofi::test::regular(10, 7);
  const Rows all = all_rows(70);
  const auto tested = [&](const std::string& yaml, std::int64_t from, std::int64_t to) {
    Rows rows;
    for (std::int64_t k = from; k < to; ++k) {
      const cofi::Split split = divide(yaml, data, k);
      CHECK(cofi::test::divides(split, all));
      rows.insert(rows.end(), split.test.begin(), split.test.end());
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  SECTION("each row is tested once a repeat, in folds that differ by one row at most") {
    const std::string yaml = "{folds: 4, repeats: 2}";
    CHECK(cofi::testing::make<cofi::Splitter>("splitter/k_fold", yaml)->count() == 8);
    CHECK(tested(yaml, 0, 4) == all);
    CHECK(tested(yaml, 4, 8) == all);
    for (std::int64_t k = 0; k < 8; ++k) {  // 70 rows: two folds of 17 and two of 18
      const std::size_t size = divide(yaml, data, k).test.size();
      CHECK((size == 17 || size == 18));
    }
    CHECK(divide(yaml, data, 0).test != divide(yaml, data, 4).test);
    CHECK(cofi::test::same(divide(yaml, data, 1), divide("{folds: 4}", data, 1)));
  }
  SECTION("as many folds as rows leave one out") {
    CHECK(tested("{folds: 70}", 0, 70) == all);
    CHECK(divide("{folds: 70}", data, 69).test.size() == 1);
  }
  SECTION("by user: a user is in one test part with all rows") {
    CHECK(tested("{folds: 3, by: user}", 0, 3) == all);
    const cofi::Split split = divide("{folds: 3, by: user}", data);
    std::multiset<int> users;
    for (const std::int32_t row : split.test) users.insert(row / 7);
    CHECK(users.size() == 21);  // 3 of 10 users
    for (const int user : users) CHECK(users.count(user) == 7);
  }
  SECTION("the seed decides, the parameter before the spec's, threads never") {
    const auto of = [&](const std::string& yaml, const Loading& loading) {
      return divide(yaml, data, 0, loading);
    };
    CHECK(cofi::test::same(of("{}", Loading(".", 5, 1)), of("{}", Loading(".", 5, 3))));
    CHECK(cofi::test::same(of("{seed: 5}", Loading(".", 9)), of("{}", Loading(".", 5))));
    CHECK_FALSE(cofi::test::same(of("{}", Loading(".", 5)), of("{}", Loading(".", 6))));
  }
  SECTION("more folds than there is to divide") {
    CHECK_THROWS_WITH(divide("{folds: 71}", data),
                      "splitter/k_fold: folds: 71 are more than the 70 rows to divide; give 2 to "
                      "70");
    CHECK_THROWS_WITH(divide("{folds: 3, by: user}", data, Rows{0, 1, 8}),
                      "splitter/k_fold: folds: 3 are more than the 2 users to divide; give 2 to 2");
  }
}
