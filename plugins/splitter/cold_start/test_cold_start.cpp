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
  return cofi::testing::make<cofi::Splitter>("splitter/cold_start", yaml)
      ->at(fold, data, rows, loading.context());
}

cofi::Split divide(const std::string& yaml, const cofi::Data& data, std::int64_t fold = 0,
                   const Loading& loading = Loading()) {
  return divide(yaml, data, all_rows(data.interactions.size()), fold, loading);
}

}  // namespace

TEST_CASE("splitter/cold_start") {
  const cofi::Data data = cofi::test::regular(10, 20);
  SECTION("all rows of some items, or of some users, are tested") {
    for (const bool items : {true, false}) {
      const cofi::Split split =
          divide(items ? "{of: items, fraction: 0.2}" : "{of: users, fraction: 0.2}", data);
      CHECK(cofi::test::divides(split, all_rows(200)));
      const auto ids = [&](const Rows& rows) {
        std::set<int> found;
        for (const std::int32_t row : rows) found.insert(items ? row % 20 : row / 20);
        return found;
      };
      CHECK(ids(split.test).size() == (items ? 4 : 2));
      CHECK(split.test.size() == 40);
      for (const int id : ids(split.test)) CHECK(ids(split.train).count(id) == 0);
    }
  }
  SECTION("the seed decides, threads never") {
    const auto of = [&](const std::string& yaml, const Loading& loading) {
      return divide(yaml, data, 0, loading);
    };
    CHECK(cofi::test::same(of("{}", Loading(".", 5, 1)), of("{}", Loading(".", 5, 3))));
    CHECK(cofi::test::same(of("{seed: 5}", Loading(".", 9)), of("{}", Loading(".", 5))));
    CHECK_FALSE(cofi::test::same(of("{}", Loading(".", 5)), of("{}", Loading(".", 6))));
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(divide("{fraction: 1}", data), Catch::Contains("between 0 and 1"));
    CHECK_THROWS_WITH(divide("{of: users, fraction: 0.01}", data),
                      "splitter/cold_start: fraction takes 0 of 10 users for testing; at least one "
                      "must be tested and one left");
  }
}
