#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/parallel.hpp"

TEST_CASE("parallel loops") {
  SECTION("every block runs once, on any number of threads") {
    for (const int threads : {1, 2, 5}) {
      const cofi::ThreadPool pool(threads);
      CHECK(pool.threads() == threads);
      std::vector<std::atomic<int>> seen(1000);
      for (int again = 0; again < 3; ++again) {
        cofi::parallel_for(pool, 1000, 7, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t n = begin; n < end; ++n) ++seen[static_cast<std::size_t>(n)];
        });
      }
      for (const auto& count : seen) REQUIRE(count == 3);
      cofi::parallel_for(pool, 0, 7, [](std::int64_t, std::int64_t) { FAIL("no rows, no block"); });
    }
  }
  SECTION("a sum has the same bits on any number of threads") {
    const auto sum = [](int threads) {
      const cofi::ThreadPool pool(threads);
      return cofi::parallel_reduce(
          pool, 100000, 1024, 0.0f,
          [](std::int64_t begin, std::int64_t end) {
            float part = 0;
            for (std::int64_t n = begin; n < end; ++n) part += 1.0f / static_cast<float>(n + 1);
            return part;
          },
          [](float a, float b) { return a + b; });
    };
    const float one = sum(1);
    CHECK(one == Approx(std::log(100000.0) + 0.5772156649));
    for (const int threads : {2, 3, 8}) CHECK(sum(threads) == one);
  }
  SECTION("an exception of a block reaches the caller, the lowest block's first") {
    for (const int threads : {1, 4}) {
      const cofi::ThreadPool pool(threads);
      const auto fail = [&] {
        pool.run(100, [](std::int64_t block) {
          if (block % 10 == 3) throw std::runtime_error("block " + std::to_string(block));
        });
      };
      CHECK_THROWS_WITH(fail(), "block 3");
      std::atomic<int> after{0};
      pool.run(10, [&](std::int64_t) { ++after; });
      CHECK(after == 10);
    }
  }
  SECTION("a loop inside a loop runs inline") {
    const cofi::ThreadPool pool(3);
    std::atomic<int> count{0};
    pool.run(8, [&](std::int64_t) { pool.run(8, [&](std::int64_t) { ++count; }); });
    CHECK(count == 64);
  }
}
