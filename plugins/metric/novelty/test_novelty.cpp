#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/novelty") {
  check(check_metric(maker<cofi::Metric>("metric/novelty")));
  cofi::test::check_cutoff("novelty");
  // log2(8 users / interactions) of items with 8, 4, 2, 1 and 0 of them: 0, 1, 2, 3 bits, and 3
  // for the one without any. All users count, user 2 too.
  expect("novelty", "at: 2", {{0, (0 + 1.0) / 2}, {1, (1.0 + 0) / 2}, {2, 2}, {3, 3}, {4, 0.5}});
  expect("novelty", "at: 5", {{0, (0 + 1 + 2 + 3 + 3) / 5.0}, {1, 0.5}, {2, 2}, {3, 3}, {4, 0.5}});
  CHECK(make<cofi::Metric>("metric/novelty")->higher_is_better());
}
