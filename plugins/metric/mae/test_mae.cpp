#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/mae") {
  check(check_metric(maker<cofi::Metric>("metric/mae")));
  const auto mae = make<cofi::Metric>("metric/mae");
  // Errors of size 1 + 0 + 1.5, 0.5 + 1, 0 of users with 3, 2 and 1 rows.
  const cofi::MetricValue found = ToyEval(hand_evaluation()).of(*mae);
  CHECK(found.value == 4.0 / 6);
  CHECK(found.users == std::vector<std::int32_t>{0, 1, 2});
  CHECK(found.per_user == std::vector<double>{2.5 / 3, 1.5 / 2, 0});
  CHECK_FALSE(mae->higher_is_better());
  CHECK(std::isnan(ToyEval({}).of(*mae).value));
}
