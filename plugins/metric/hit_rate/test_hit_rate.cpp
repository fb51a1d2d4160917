#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/hit_rate") {
  check(check_metric(maker<cofi::Metric>("metric/hit_rate")));
  cofi::test::check_cutoff("hit_rate");
  // First hits at places 2, 1, 1 and 2.
  expect("hit_rate", "at: 1", {{0, 0}, {1, 1}, {3, 1}, {4, 0}});
  expect("hit_rate", "at: 2", {{0, 1}, {1, 1}, {3, 1}, {4, 1}});
}
