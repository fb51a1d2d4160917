#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/precision") {
  check(check_metric(maker<cofi::Metric>("metric/precision")));
  cofi::test::check_cutoff("precision");
  // Hits among the first three: 1, 2 of two candidates, 1 of one, 1 of two.
  expect("precision", "at: 3", {{0, 1.0 / 3}, {1, 2.0 / 3}, {3, 1.0 / 3}, {4, 1.0 / 3}});
  expect("precision", "at: 3, denominator: listed",
         {{0, 1.0 / 3}, {1, 2.0 / 2}, {3, 1.0 / 1}, {4, 1.0 / 2}});
  // Of items with equal scores the lower id, which is relevant, is the one that fits.
  expect("precision", "at: 2", {{0, 1.0 / 2}, {1, 2.0 / 2}, {3, 1.0 / 2}, {4, 1.0 / 2}});
}
