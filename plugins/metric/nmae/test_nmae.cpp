#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/nmae") {
  check(check_metric(maker<cofi::Metric>("metric/nmae")));
  const auto nmae = make<cofi::Metric>("metric/nmae");
  // Mean absolute error 4 / 6; per user 2.5 / 3, 1.5 / 2, 0. Over 5 - 1 and over 10 - (-10).
  const cofi::MetricValue found = ToyEval(hand_evaluation(), {1, 5}).of(*nmae);
  CHECK(found.value == 4.0 / 6 / 4);
  CHECK(found.per_user == std::vector<double>{2.5 / 3 / 4, 1.5 / 2 / 4, 0});
  CHECK(ToyEval(hand_evaluation(), {-10, 10}).of(*nmae).value == 4.0 / 6 / 20);
  CHECK_FALSE(nmae->higher_is_better());
  // Not defined without rows, or on a scale without width.
  CHECK(std::isnan(ToyEval({}).of(*nmae).value));
  CHECK(std::isnan(ToyEval(hand_evaluation(), {1, 1}).of(*nmae).value));
}
