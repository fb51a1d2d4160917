#include <catch2/catch.hpp>

#include "search/halving.hpp"

using cofi::search::best_of;
using cofi::search::rungs;

namespace {

using Pairs = std::vector<std::pair<std::size_t, std::int64_t>>;

Pairs rungs_of(std::int64_t settings, std::int64_t eta, std::int64_t most) {
  Pairs pairs;
  for (const auto& rung : rungs(settings, eta, most)) {
    pairs.emplace_back(rung.settings, rung.resource);
  }
  return pairs;
}

}  // namespace

TEST_CASE("Successive halving") {
  SECTION("gives the settings that are left eta times as much") {
    CHECK(rungs_of(27, 3, 81) == Pairs{{27, 3}, {9, 9}, {3, 27}, {1, 81}});
    CHECK(rungs_of(8, 2, 20) == Pairs{{8, 3}, {4, 5}, {2, 10}, {1, 20}});  // 2.5 is rounded up
    CHECK(rungs_of(10, 3, 30) == Pairs{{10, 3}, {3, 10}, {1, 30}});
  }
  SECTION("never less than 1, and all of it where there is nothing to halve") {
    CHECK(rungs_of(27, 3, 4) == Pairs{{27, 1}, {9, 4}});
    CHECK(rungs_of(2, 3, 20) == Pairs{{2, 20}});
    CHECK(rungs_of(1, 2, 1) == Pairs{{1, 1}});
  }
  SECTION("keeps the lowest losses, the earlier of equal ones, failures last") {
    CHECK(best_of({0.5, 0.1, std::nullopt, 0.3}, 2) == std::vector<std::size_t>{1, 3});
    CHECK(best_of({0.5, 0.5, 0.5}, 2) == std::vector<std::size_t>{0, 1});
    CHECK(best_of({std::nullopt, std::nullopt, 0.9}, 2) == std::vector<std::size_t>{0, 2});
    CHECK(best_of({}, 2).empty());
  }
}
