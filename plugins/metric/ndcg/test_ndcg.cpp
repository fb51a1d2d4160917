#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/ndcg") {
  check(check_metric(maker<cofi::Metric>("metric/ndcg")));
  cofi::test::check_cutoff("ndcg");
  // Gains 2^5 - 1 = 31 and 2^4 - 1 = 15; places 1 and 2 are divided by log2(2) = 1 and log2(3).
  // User 0 has the item of value 5 at place 2, the one of value 4 behind the cutoff; user 4 the
  // one of value 5 (not 2, its other value) at place 2.
  const double second = std::log2(3.0);
  expect("ndcg", "at: 3",
         {{0, (31 / second) / (31 + 15 / second)}, {1, 1}, {3, 1}, {4, (31 / second) / 31}});
  expect("ndcg", "at: 3, gain: linear",
         {{0, (5 / second) / (5 + 4 / second)}, {1, 1}, {3, 1}, {4, (5 / second) / 5}});
  expect("ndcg", "at: 3, gain: binary",
         {{0, (1 / second) / (1 + 1 / second)}, {1, 1}, {3, 1}, {4, (1 / second) / 1}});
  // The ideal list of one item, and of all relevant ones.
  expect("ndcg", "at: 1", {{0, 0}, {1, 31.0 / 31}, {3, 1}, {4, 0}});
  expect("ndcg", "at: 1, ideal: full", {{0, 0}, {1, 31 / (31 + 15 / second)}, {3, 1}, {4, 0}});
}

TEST_CASE("metric/ndcg of values whose gains are large") {
  // Of 2^200 - 1 and 2^100 - 1 in the wrong order; floats end before 2^128.
  cofi::test::HandLists lists{{{0, 0, 200, 1}, {0, 1, 100, 2}}, {1}, {1, 1}};
  const double wrong = std::exp2(100) + std::exp2(200) / std::log2(3.0);
  const double right = std::exp2(200) + std::exp2(100) / std::log2(3.0);
  CHECK(lists.of("ndcg", "at: 2").value == Approx(wrong / right).epsilon(1e-12));
  lists.rows[0].value = 2000;
  CHECK_THROWS_WITH(lists.of("ndcg", "at: 2"),
                    Catch::Contains("the value v = 2000") && Catch::Contains("gain: linear"));
  CHECK(lists.of("ndcg", "at: 2, gain: linear").value > 0);
}
