#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/mse") {
  check(check_metric(maker<cofi::Metric>("metric/mse")));
  const auto mse = make<cofi::Metric>("metric/mse");
  // Squared errors 1 + 0 + 2.25, 0.25 + 1, 0 of users with 3, 2 and 1 rows.
  const cofi::MetricValue found = ToyEval(hand_evaluation()).of(*mse);
  CHECK(found.value == 4.5 / 6);
  CHECK(found.users == std::vector<std::int32_t>{0, 1, 2});
  CHECK(found.per_user == std::vector<double>{3.25 / 3, 1.25 / 2, 0});
  CHECK_FALSE(mse->higher_is_better());
  CHECK(std::isnan(ToyEval({}).of(*mse).value));
}
