#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/nrmse") {
  check(check_metric(maker<cofi::Metric>("metric/nrmse")));
  const auto nrmse = make<cofi::Metric>("metric/nrmse");
  // Mean squared error 4.5 / 6 = 3 / 4; per user 3.25 / 3, 1.25 / 2, 0. Over 5 - 1 and 10 - (-10).
  const cofi::MetricValue found = ToyEval(hand_evaluation(), {1, 5}).of(*nrmse);
  CHECK(found.value == Approx(0.8660254037844386 / 4).epsilon(1e-15));
  CHECK(found.per_user == std::vector<double>{std::sqrt(3.25 / 3) / 4, std::sqrt(1.25 / 2) / 4, 0});
  CHECK(ToyEval(hand_evaluation(), {-10, 10}).of(*nrmse).value ==
        Approx(0.8660254037844386 / 20).epsilon(1e-15));
  CHECK_FALSE(nrmse->higher_is_better());
  // Not defined without rows, or on a scale without width.
  CHECK(std::isnan(ToyEval({}).of(*nrmse).value));
  CHECK(std::isnan(ToyEval(hand_evaluation(), {1, 1}).of(*nrmse).value));
}
