#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/rbp") {
  check(check_metric(maker<cofi::Metric>("metric/rbp")));
  cofi::test::check_cutoff("rbp");
  // (1 - p) p^(k - 1) at the hits: places 2 and 4; 1 and 2; 1; 2.
  expect("rbp", "at: 10, patience: 0.5",
         {{0, 0.5 * (0.5 + 0.125)}, {1, 0.5 * (1 + 0.5)}, {3, 0.5 * 1}, {4, 0.5 * 0.5}});
  expect("rbp", "at: 3, patience: 0.8",
         {{0, 0.2 * 0.8}, {1, 0.2 * (1 + 0.8)}, {3, 0.2}, {4, 0.2 * 0.8}});
  // Nobody looks past the first place.
  expect("rbp", "at: 3, patience: 0", {{0, 0}, {1, 1}, {3, 1}, {4, 0}});
}
