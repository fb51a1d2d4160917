#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/f1") {
  check(check_metric(maker<cofi::Metric>("metric/f1")));
  cofi::test::check_cutoff("f1");
  // User 0: P = 1/3, R = 1/2: 2 P R / (P + R) = (1/3) / (5/6). User 1: P = 2/3, R = 1:
  // (4/3) / (5/3). Users 3 and 4: P = 1/3, R = 1: (2/3) / (4/3).
  expect("f1", "at: 3", {{0, 2.0 / 5}, {1, 4.0 / 5}, {3, 1.0 / 2}, {4, 1.0 / 2}});
  // Without a hit it is 0, not 0/0.
  expect("f1", "at: 1", {{0, 0}, {1, 2.0 / 3}, {3, 1}, {4, 0}});
}
