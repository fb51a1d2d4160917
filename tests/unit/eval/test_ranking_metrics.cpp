// The metrics of lists on hand-made lists: each value's arithmetic.
#include <cmath>
#include <string>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

namespace {

using namespace cofi::testing;

// Relevant are values of 4 and more; rows are user, item, value, score.
// User 0: items by score 0 1 2 3 4, of which 1 and 2 are tied (the lower id stands first); relevant
//         are 1 (value 5) and 3 (value 4): hits at places 2 and 4.
// User 1: items 1 0 (two candidates, fewer than most cutoffs), both relevant, values 5 and 4.
// User 2: item 2, nothing relevant: metrics of relevance leave the user out.
const std::vector<EvaluatedRow> kRows = {{0, 0, 3, 5}, {0, 2, 2, 4}, {0, 1, 5, 4}, {0, 3, 4, 2},
                                         {0, 4, 1, 1}, {1, 0, 4, 1}, {1, 1, 5, 2}, {2, 2, 1, 3}};

cofi::MetricValue found(const std::string& metric, const std::string& parameters) {
  return ToyEval(kRows).of(*make<cofi::Metric>("metric/" + metric, "{" + parameters + "}"));
}

void expect(const std::string& metric, const std::string& parameters, double user0, double user1) {
  INFO(metric << " {" << parameters << "}");
  const cofi::MetricValue value = found(metric, parameters);
  REQUIRE(value.users == std::vector<std::int32_t>{0, 1});
  CHECK(value.per_user[0] == Approx(user0).epsilon(1e-14));
  CHECK(value.per_user[1] == Approx(user1).epsilon(1e-14));
  CHECK(value.value == Approx((user0 + user1) / 2).epsilon(1e-14));
}

}  // namespace

TEST_CASE("metrics of lists: relevance") {
  expect("precision", "at: 3", 1.0 / 3, 2.0 / 3);
  expect("precision", "at: 3, denominator: listed", 1.0 / 3, 2.0 / 2);
  expect("recall", "at: 3", 1.0 / 2, 2.0 / 2);
  expect("recall", "at: 1", 0, 1.0 / 2);
  expect("recall", "at: 1, denominator: reachable", 0, 1.0 / 1);
  // P = 1/3, R = 1/2: 2PR / (P + R) = (1/3) / (5/6); P = 2/3, R = 1: (4/3) / (5/3).
  expect("f1", "at: 3", 2.0 / 5, 4.0 / 5);
  expect("hit_rate", "at: 1", 0, 1);
  expect("hit_rate", "at: 2", 1, 1);
  expect("mrr", "at: 3", 1.0 / 2, 1);
  expect("mrr", "at: 1", 0, 1);
  expect("arhr", "at: 10", 1.0 / 2 + 1.0 / 4, 1 + 1.0 / 2);
  expect("arhr", "at: 3", 1.0 / 2, 1 + 1.0 / 2);
  // (1 - p) p^(k-1) at k = 2 and 4, at 1 and 2.
  expect("rbp", "at: 10, patience: 0.5", 0.5 * (0.5 + 0.125), 0.5 * (1 + 0.5));
  // Precision at the hits: 1/2 at place 2; 1/1 and 2/2.
  expect("map", "at: 3", (1.0 / 2) / 2, 2.0 / 2);
  expect("map", "at: 3, normalizer: hits", (1.0 / 2) / 1, 2.0 / 2);
  expect("map", "at: 1", 0, 1.0 / 1);
  expect("map", "at: 1, normalizer: relevant", 0, 1.0 / 2);
  // Gains 2^5 - 1 = 31 and 2^4 - 1 = 15; places 1 and 2 are divided by log2(2) = 1 and log2(3).
  const double second = std::log2(3.0);
  expect("ndcg", "at: 3", (31 / second) / (31 + 15 / second), 1);
  expect("ndcg", "at: 3, gain: linear", (5 / second) / (5 + 4 / second), 1);
  expect("ndcg", "at: 3, gain: binary", (1 / second) / (1 + 1 / second), 1);
  expect("ndcg", "at: 1, ideal: full", 0, 31 / (31 + 15 / second));
  expect("ndcg", "at: 1", 0, 1);

  // Item 1: item 0 above it, item 2 tied; item 3: items 0 and 2 above it. 3.5 of 2 x 3 pairs are
  // wrong. User 1 has nothing that is not relevant, so no pairs.
  const cofi::MetricValue auc = found("auc", "");
  CHECK(auc.users == std::vector<std::int32_t>{0});
  CHECK(auc.value == Approx(2.5 / 6).epsilon(1e-14));
}

TEST_CASE("metrics of lists: the lists alone") {
  // The first of each: items 0, 1 and 2 of five.
  CHECK(found("coverage", "at: 1").value == 3.0 / 5);
  // Sorted 0 0 1 1 1: sum of (2j - 5 - 1) = 0 + 2 + 4 over j = 3, 4, 5; over 5 x 3.
  CHECK(found("gini", "at: 1").value == Approx(6.0 / 15).epsilon(1e-14));
  // One training interaction an item, three trained users: log2(3 / 1).
  CHECK(found("popularity", "at: 3").value == 1);
  CHECK(found("novelty", "at: 3").value == Approx(std::log2(3.0)).epsilon(1e-14));
  CHECK(found("novelty", "at: 3").users == std::vector<std::int32_t>{0, 1, 2});
  CHECK_FALSE(make<cofi::Metric>("metric/gini")->higher_is_better());
  CHECK_FALSE(make<cofi::Metric>("metric/popularity")->higher_is_better());
  for (const char* name : {"recall", "ndcg", "auc", "coverage", "gini", "novelty"}) {
    CHECK(std::isnan(ToyEval({}).of(*make<cofi::Metric>("metric/" + std::string(name))).value));
  }
}
