#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/popularity") {
  check(check_metric(maker<cofi::Metric>("metric/popularity")));
  cofi::test::check_cutoff("popularity");
  // Items 0 to 4 have 8, 4, 2, 1 and 0 training interactions. All users count, user 2 too.
  expect("popularity", "at: 2",
         {{0, (8.0 + 4) / 2}, {1, (4.0 + 8) / 2}, {2, 2}, {3, 1}, {4, (4.0 + 8) / 2}});
  expect("popularity", "at: 5", {{0, 15.0 / 5}, {1, 12.0 / 2}, {2, 2}, {3, 1}, {4, 12.0 / 2}});
  CHECK_FALSE(make<cofi::Metric>("metric/popularity")->higher_is_better());
}
