#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/mrr") {
  check(check_metric(maker<cofi::Metric>("metric/mrr")));
  cofi::test::check_cutoff("mrr");
  // First hits at places 2, 1, 1 and 2.
  expect("mrr", "at: 3", {{0, 1.0 / 2}, {1, 1.0 / 1}, {3, 1.0 / 1}, {4, 1.0 / 2}});
  expect("mrr", "at: 1", {{0, 0}, {1, 1.0 / 1}, {3, 1.0 / 1}, {4, 0}});
}
