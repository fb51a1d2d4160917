#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/recall") {
  check(check_metric(maker<cofi::Metric>("metric/recall")));
  cofi::test::check_cutoff("recall");
  // Relevant are 2, 2, 1 and 1 items; user 4's stands twice in the data and counts once.
  expect("recall", "at: 3", {{0, 1.0 / 2}, {1, 2.0 / 2}, {3, 1.0 / 1}, {4, 1.0 / 1}});
  expect("recall", "at: 1", {{0, 0.0 / 2}, {1, 1.0 / 2}, {3, 1.0 / 1}, {4, 0.0 / 1}});
  // Of two relevant items a list of one reaches one.
  expect("recall", "at: 1, denominator: reachable",
         {{0, 0.0 / 1}, {1, 1.0 / 1}, {3, 1.0 / 1}, {4, 0.0 / 1}});
}
