#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/regularized_error") {
  check(check_metric(maker<cofi::Metric>("metric/regularized_error", "{lambda: 0.5}")));
  // Squared errors add up to 4.5; parameters of squared norm 8.
  const ToyEval rows(hand_evaluation(), {1, 5}, 8);
  const auto of_lambda = [&](const std::string& yaml) {
    return rows.of(*make<cofi::Metric>("metric/regularized_error", yaml));
  };
  CHECK(of_lambda("{lambda: 0.5}").value == 4.5 + 0.5 * 8);
  CHECK(of_lambda("{lambda: 0}").value == 4.5);
  CHECK(of_lambda("{}").value == 4.5 + 0.02 * 8);  // the default
  CHECK(of_lambda("{}").per_user.empty());         // a norm belongs to no user
  const auto metric = make<cofi::Metric>("metric/regularized_error");
  CHECK_FALSE(metric->higher_is_better());
  CHECK(std::isnan(ToyEval({}).of(*metric).value));
  CHECK_THROWS_AS(of_lambda("{lambda: -1}"), cofi::Error);
}
