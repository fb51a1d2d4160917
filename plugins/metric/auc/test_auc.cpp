#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using namespace cofi::testing;

TEST_CASE("metric/auc") {
  check(check_metric(maker<cofi::Metric>("metric/auc")));
  // User 0: item 1 has item 0 above it and item 2 tied, 1.5; item 3 has items 0 and 2 above it, 2:
  // 3.5 of 2 x 3 pairs are wrong. Users 1 and 3 have nothing that is not relevant, so no pairs.
  // User 4: the one pair is the wrong way round.
  expect("auc", "", {{0, 1 - 3.5 / 6}, {4, 0}});
  CHECK(std::isnan(ToyEval({}).of(*make<cofi::Metric>("metric/auc")).value));
}
