#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/coverage") {
  check(check_metric(maker<cofi::Metric>("metric/coverage")));
  cofi::test::check_cutoff("coverage");
  const cofi::test::HandLists lists = cofi::test::hand_lists();
  // The first of each: items 0, 1, 2, 3 and 1 again, of five.
  CHECK(lists.of("coverage", "at: 1").value == 4.0 / 5);
  CHECK(lists.of("coverage", "at: 5").value == 5.0 / 5);
  CHECK(lists.of("coverage", "at: 1").per_user.empty());  // a list covers nothing by itself
}
