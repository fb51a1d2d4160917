#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

TEST_CASE("metric/rmse") {
  check(check_metric(maker<cofi::Metric>("metric/rmse")));
  const auto rmse = make<cofi::Metric>("metric/rmse");
  // Squared errors 1 + 0 + 2.25, 0.25 + 1, 0 of users with 3, 2 and 1 rows: 4.5 / 6 = 3 / 4.
  const cofi::MetricValue found = ToyEval(hand_evaluation()).of(*rmse);
  CHECK(found.value == Approx(0.8660254037844386).epsilon(1e-15));  // sqrt(3) / 2
  CHECK(found.users == std::vector<std::int32_t>{0, 1, 2});
  CHECK(found.per_user == std::vector<double>{std::sqrt(3.25 / 3), std::sqrt(1.25 / 2), 0});
  CHECK_FALSE(rmse->higher_is_better());
  CHECK(std::isnan(ToyEval({}).of(*rmse).value));

  // A million errors of 1/1000 and one of 1000: in float32 the sum would lose the small ones.
  std::vector<EvaluatedRow> rows(1000001, {0, 0, 0, 0.0009765625F});  // 2^-10
  rows[0].prediction = 1024;
  const double sum = 1024.0 * 1024.0 + 1e6 / 1024 / 1024;
  CHECK(ToyEval(rows).of(*rmse).value == Approx(std::sqrt(sum / 1000001)).epsilon(1e-14));
}
