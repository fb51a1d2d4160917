#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "cofi/random.hpp"

using cofi::NumpyRandom;
using cofi::Random;

namespace {

// The seed whose key is 0: splitmix64's finalizer gives 0 for 0 alone, and adds this first.
constexpr std::uint64_t kZeroKey = 0 - 0x9e3779b97f4a7c15ULL;

std::vector<std::uint32_t> draw(Random random, int n) {
  std::vector<std::uint32_t> drawn;
  for (int i = 0; i < n; ++i) drawn.push_back(random());
  return drawn;
}

}  // namespace

TEST_CASE("counter-based random numbers") {
  SECTION("are those of Philox4x32-10") {
    // Random123's kat_vectors: philox4x32 10, counter 0, key 0.
    CHECK(draw(Random(kZeroKey), 4) ==
          std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  }
  SECTION("come from the seed and the stream's names alone") {
    CHECK(draw(Random(1), 9) == draw(Random(1), 9));
    CHECK(draw(Random(1), 9) != draw(Random(2), 9));
    const Random base(1);
    Random used = base;
    used();
    CHECK(draw(base.stream("init"), 9) == draw(used.stream("init"), 9));
    const std::vector<std::vector<std::uint32_t>> all = {
        draw(base, 4),
        draw(base.stream("init"), 4),
        draw(base.stream("shuffle"), 4),
        draw(base.stream(0), 4),
        draw(base.stream(1), 4),
        draw(base.stream("a").stream("b"), 4),
        draw(base.stream("b").stream("a"), 4),
        draw(base.stream("ab"), 4),
        draw(base.stream(""), 4),
        draw(base.stream("init").stream(0), 4),
    };
    CHECK(std::set<std::vector<std::uint32_t>>(all.begin(), all.end()).size() == all.size());
    CHECK(base.stream("init").stream(3).seed() == 1);
  }
  SECTION("are spread as they should be") {
    Random random(5);
    double sum = 0, squares = 0, normal = 0, normal_squares = 0, least = 1, most = 0;
    constexpr int kDraws = 100000;
    for (int n = 0; n < kDraws; ++n) {
      const double u = random.uniform(), z = random.normal();
      sum += u, squares += u * u, normal += z, normal_squares += z * z;
      least = std::min(least, u), most = std::max(most, u);
    }
    CHECK(least >= 0);
    CHECK(most < 1);
    CHECK(sum / kDraws == Approx(0.5).margin(0.005));
    CHECK(squares / kDraws == Approx(1.0 / 3).margin(0.005));
    CHECK(normal / kDraws == Approx(0).margin(0.02));
    CHECK(normal_squares / kDraws == Approx(1).margin(0.03));
    CHECK(random.uniform(3, 3) == 3);
    std::vector<int> counts(6, 0);
    for (int n = 0; n < kDraws; ++n) ++counts[random.below(6)];
    for (const int count : counts) CHECK(count == Approx(kDraws / 6.0).epsilon(0.05));
    CHECK(random.below(1) == 0);
  }
  SECTION("permute") {
    Random random(5);
    std::vector<std::int32_t> all = random.permutation(1000);
    const std::vector<std::int32_t> drawn = all;
    CHECK_FALSE(std::is_sorted(all.begin(), all.end()));
    std::sort(all.begin(), all.end());
    for (std::int32_t n = 0; n < 1000; ++n) REQUIRE(all[static_cast<std::size_t>(n)] == n);
    CHECK(drawn != random.permutation(1000));
    CHECK(random.permutation(0).empty());
    CHECK(random.permutation(1) == std::vector<std::int32_t>{0});
  }
}

TEST_CASE("numpy's permutations") {
  using Rows = std::vector<std::int32_t>;
  // numpy 1.24.2: RandomState(seed).permutation(n)
  CHECK(NumpyRandom(42).permutation(10) == Rows{8, 1, 5, 0, 7, 2, 9, 4, 3, 6});
  CHECK(NumpyRandom(0).permutation(8) == Rows{6, 2, 1, 7, 3, 0, 5, 4});
  NumpyRandom random(4294967295);
  // r = RandomState(4294967295): r.permutation(5), r.permutation(6), r.permutation(1)
  CHECK(random.permutation(5) == Rows{4, 1, 0, 2, 3});
  CHECK(random.permutation(6) == Rows{5, 1, 3, 2, 0, 4});
  CHECK(random.permutation(1) == Rows{0});
  CHECK(random.permutation(0).empty());
}
