#include <catch2/catch.hpp>

#include <vector>

#include "cofi/random.hpp"

#include "train/batch_groups.hpp"

using cofi::train::BatchGrouper;
using cofi::train::BatchGroups;
using Ids = std::vector<std::int32_t>;

TEST_CASE("a batch grouped by row") {
  BatchGrouper grouper;
  BatchGroups groups;
  SECTION("on paper") {
    grouper.group(Ids{7, 2, 7, 0, 2, 7}, 9, groups);
    CHECK(groups.rows == Ids{0, 2, 7});
    CHECK(groups.starts == Ids{0, 1, 3, 6});
    CHECK(groups.order == Ids{3, 1, 4, 0, 2, 5});
    CHECK(groups.bytes() == 13 * sizeof(std::int32_t));
  }
  SECTION("tables of any size, one after another, in batch order within a row") {
    for (const std::int32_t table : {1, 2, 100, 5000, 3000000, INT32_MAX}) {
      cofi::Random random = cofi::Random(1).stream(static_cast<std::uint64_t>(table));
      Ids ids;
      for (int n = 0; n < 2000; ++n) {
        ids.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(table))));
        if (n % 3 == 0) ids.push_back(ids[ids.size() / 2]);
      }
      ids.push_back(table - 1);
      grouper.group(ids, table, groups);
      REQUIRE(groups.order.size() == ids.size());
      REQUIRE(groups.starts.size() == groups.rows.size() + 1);
      CHECK(groups.starts.back() == static_cast<std::int32_t>(ids.size()));
      CHECK(groups.rows.back() == table - 1);
      bool ascending = true, stable = true, belong = true;
      for (std::size_t m = 0; m < groups.rows.size(); ++m) {
        if (m > 0) ascending = ascending && groups.rows[m - 1] < groups.rows[m];
        for (std::int32_t k = groups.starts[m]; k < groups.starts[m + 1]; ++k) {
          const auto at = static_cast<std::size_t>(k);
          belong = belong && ids[static_cast<std::size_t>(groups.order[at])] == groups.rows[m];
          if (k > groups.starts[m]) stable = stable && groups.order[at - 1] < groups.order[at];
        }
      }
      CHECK(ascending);
      CHECK(belong);
      CHECK(stable);
    }
  }
}
