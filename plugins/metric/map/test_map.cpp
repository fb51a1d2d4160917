#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/map") {
  check(check_metric(maker<cofi::Metric>("metric/map")));
  cofi::test::check_cutoff("map");
  // Precision at the hits among the first three: 1/2 at place 2; 1/1 and 2/2; 1/1; 1/2.
  expect("map", "at: 3", {{0, (1.0 / 2) / 2}, {1, (1.0 + 1.0) / 2}, {3, 1.0}, {4, 1.0 / 2}});
  // reachable: of two relevant items a list of one reaches one.
  expect("map", "at: 1", {{0, 0}, {1, 1.0 / 1}, {3, 1.0 / 1}, {4, 0}});
  // relevant: all of them, so that user 1's perfect list of one gets a half.
  expect("map", "at: 1, normalizer: relevant", {{0, 0}, {1, 1.0 / 2}, {3, 1.0 / 1}, {4, 0}});
  // hits: those that are listed; nothing where there are none.
  expect("map", "at: 3, normalizer: hits",
         {{0, (1.0 / 2) / 1}, {1, (1.0 + 1.0) / 2}, {3, 1.0}, {4, 1.0 / 2}});
  expect("map", "at: 1, normalizer: hits", {{0, 0}, {1, 1}, {3, 1}, {4, 0}});
}
