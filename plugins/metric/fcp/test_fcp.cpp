#include <chrono>
#include <cmath>

#include "cofi/random.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

using namespace cofi::testing;

namespace {

// The definition, pair by pair.
double by_pairs(const std::vector<EvaluatedRow>& rows) {
  double concordant = 0;
  double discordant = 0;
  for (const EvaluatedRow& a : rows) {
    for (const EvaluatedRow& b : rows) {
      if (a.user != b.user || a.value <= b.value) continue;
      (a.prediction > b.prediction ? concordant : discordant) += 1;
    }
  }
  return concordant / (concordant + discordant);
}

}  // namespace

TEST_CASE("metric/fcp") {
  const auto fcp = make<cofi::Metric>("metric/fcp");
  CHECK(fcp->higher_is_better());

  SECTION("conformance of both variants") {
    check(check_metric(maker<cofi::Metric>("metric/fcp")));
    check(check_metric(maker<cofi::Metric>("metric/fcp", "{variant: surprise}")));
  }
  SECTION("golden values") {
    // User 0: values 5 3 1, predictions 4 4 1: (5,3) is tied, so discordant; (5,1) and (3,1) are
    // concordant. User 1: values 4 2, predictions 1 3: discordant. User 2: values 4 4 2,
    // predictions 1 5 0: the equal values are no pair; two are concordant. User 3 has one row,
    // hence no pair.
    const ToyEval rows({{0, 0, 5, 4},
                        {0, 1, 3, 4},
                        {0, 2, 1, 1},
                        {1, 0, 4, 1},
                        {1, 1, 2, 3},
                        {2, 0, 4, 1},
                        {2, 1, 4, 5},
                        {2, 2, 2, 0},
                        {3, 0, 5, 5}});
    const cofi::MetricValue found = rows.of(*fcp);
    CHECK(found.value == 4.0 / 6);  // 2 + 0 + 2 concordant, 1 + 1 + 0 discordant
    CHECK(found.users == std::vector<std::int32_t>{0, 1, 2});
    CHECK(found.per_user == std::vector<double>{2.0 / 3, 0, 1});
    // Surprise's accuracy.fcp: concordant 4 over the two users with any, discordant 2 over two.
    const auto surprise = make<cofi::Metric>("metric/fcp", "{variant: surprise}");
    CHECK(rows.of(*surprise).value == 2.0 / (2 + 1));
    CHECK(rows.of(*surprise).per_user == found.per_user);
  }
  SECTION("the variants differ where users have only one sort of pair") {
    // User 0: 3 concordant pairs. User 1: 1 concordant. User 2: 1 discordant.
    const ToyEval rows({{0, 0, 3, 3},
                        {0, 1, 2, 2},
                        {0, 2, 1, 1},
                        {1, 0, 2, 2},
                        {1, 1, 1, 1},
                        {2, 0, 2, 1},
                        {2, 1, 1, 2}});
    CHECK(rows.of(*fcp).value == 4.0 / 5);
    // Means over the users that have any: (3 + 1) / 2 concordant, 1 / 1 discordant.
    const auto surprise = make<cofi::Metric>("metric/fcp", "{variant: surprise}");
    CHECK(rows.of(*surprise).value == 2.0 / 3);
  }
  SECTION("no pair, no value") {
    CHECK(std::isnan(ToyEval({}).of(*fcp).value));
    CHECK(std::isnan(ToyEval({{0, 0, 5, 4}, {1, 0, 3, 4}}).of(*fcp).value));
    CHECK(std::isnan(ToyEval({{0, 0, 5, 4}, {0, 1, 3, NAN}}).of(*fcp).value));
    CHECK(ToyEval({{0, 0, 5, 3}, {0, 1, 3, 3}}).of(*fcp).value == 0);  // a constant predictor
  }
  SECTION("agrees with counting every pair, ties of both kinds included") {
    cofi::Random random = cofi::Random(3).stream("rows");
    for (const int n : {2, 3, 17, 64, 200}) {
      std::vector<EvaluatedRow> rows;
      for (int row = 0; row < n; ++row) {
        rows.push_back({static_cast<std::int32_t>(random.below(3)), row,
                        static_cast<float>(random.below(5)), static_cast<float>(random.below(7))});
      }
      rows.push_back({0, n, 9, 9});  // so that there is a pair
      rows.push_back({0, n + 1, -1, 9});
      CHECK(ToyEval(rows).of(*fcp).value == by_pairs(rows));
    }
  }
  SECTION("a user of a million rows takes no time squared") {
    std::vector<EvaluatedRow> rows;
    for (std::int32_t n = 0; n < 1000000; ++n) {
      rows.push_back({0, n, static_cast<float>(n % 10), static_cast<float>(n * 7 % 1000)});
    }
    const double value = ToyEval(rows).of(*fcp).value;  // 4.5e11 pairs: minutes, one by one
    // Whole periods of 1000 rows: each pair of rows counts as often as any other.
    CHECK(value == Approx(by_pairs({rows.begin(), rows.begin() + 1000})).epsilon(1e-12));
  }
}
