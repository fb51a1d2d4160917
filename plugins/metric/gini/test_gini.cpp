#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/gini") {
  check(check_metric(maker<cofi::Metric>("metric/gini")));
  cofi::test::check_cutoff("gini");
  const cofi::test::HandLists lists = cofi::test::hand_lists();
  // The first of each are items 0, 1, 2, 3 and 1: times listed 1 2 1 1 0, sorted 0 1 1 1 2. The sum
  // of (2j - 5 - 1) times that is -4 x 0 - 2 x 1 + 0 x 1 + 2 x 1 + 4 x 2 = 8, over 5 x 5.
  CHECK(lists.of("gini", "at: 1").value == Approx(8.0 / 25).epsilon(1e-14));
  // All alike: two users list the two items there are.
  const cofi::test::HandLists alike{
      {{0, 0, 1, 2}, {0, 1, 1, 1}, {1, 0, 1, 2}, {1, 1, 1, 1}}, {1, 1}, {1, 1}};
  CHECK(alike.of("gini", "at: 2").value == 0);
  // One item has all: (2 x 2 - 2 - 1) x 2 over 2 x 2, the most that two items can have.
  CHECK(alike.of("gini", "at: 1").value == 1.0 / 2);
  CHECK_FALSE(make<cofi::Metric>("metric/gini")->higher_is_better());
}
