#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <vector>

#include "train/shuffle.hpp"

using cofi::Random;
using cofi::ThreadPool;
using Order = std::vector<std::int32_t>;

namespace {

Order shuffled(std::uint64_t seed, std::int32_t n, int threads = 1) {
  const ThreadPool pool(threads);
  Order order;
  cofi::train::shuffle(Random(seed), n, pool, order);
  return order;
}

}  // namespace

TEST_CASE("shuffled rows") {
  SECTION("are a permutation that the generator alone decides") {
    for (const std::int32_t n : {0, 1, 2, 1000, 200000}) {
      const Order order = shuffled(1, n);
      Order sorted = order;
      std::sort(sorted.begin(), sorted.end());
      bool all = sorted.size() == static_cast<std::size_t>(n);
      for (std::size_t k = 0; k < sorted.size(); ++k) {
        all = all && sorted[k] == static_cast<std::int32_t>(k);
      }
      CHECK(all);
      CHECK(shuffled(1, n, 2) == order);
      CHECK(shuffled(1, n, 3) == order);
    }
    CHECK(shuffled(1, 1000) != shuffled(2, 1000));
  }
  SECTION("every permutation of four is about as likely") {
    // 24 permutations, 24,000 draws: 1000 each, with a deviation of 31.
    std::map<Order, int> seen;
    for (std::uint64_t seed = 0; seed < 24000; ++seed) ++seen[shuffled(seed, 4)];
    CHECK(seen.size() == 24);
    for (const auto& [order, count] : seen) {
      CHECK(count > 840);
      CHECK(count < 1160);
    }
  }
  SECTION("of many blocks: each part gets its share of every other") {
    // 4 parts of 50,000 rows land in 4 parts of places: 12,500 each, with a deviation of 84.
    const std::int32_t n = 200000, part = n / 4;
    const Order order = shuffled(3, n);
    int counts[4][4] = {};
    for (std::int32_t k = 0; k < n; ++k)
      ++counts[order[static_cast<std::size_t>(k)] / part][k / part];
    for (const auto& row : counts) {
      for (const int count : row) CHECK(std::abs(count - 12500) < 420);
    }
  }
}
