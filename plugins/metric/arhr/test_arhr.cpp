#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/arhr") {
  check(check_metric(maker<cofi::Metric>("metric/arhr")));
  cofi::test::check_cutoff("arhr");
  // Hits at places 2 and 4; 1 and 2; 1; 2.
  expect("arhr", "at: 10", {{0, 1.0 / 2 + 1.0 / 4}, {1, 1.0 + 1.0 / 2}, {3, 1}, {4, 1.0 / 2}});
  expect("arhr", "at: 3", {{0, 1.0 / 2}, {1, 1.0 + 1.0 / 2}, {3, 1}, {4, 1.0 / 2}});
}
