#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "cofi/random.hpp"
#include "cofi/testing/conformance.hpp"
#include "cofi/testing/toy_eval.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

using EvaluatedRows = std::vector<EvaluatedRow>;

constexpr double kSquaredNorm = 12.5;

// The test rows of additive_toy, predicted with normal errors of the given standard deviation.
EvaluatedRows with_errors(double deviation) {
  const Toy toy = additive_toy();
  const Interactions& all = toy.data.interactions;
  Random random = Random(1).stream("errors");
  EvaluatedRows rows;
  for (const std::int32_t number : toy.test) {
    const auto n = static_cast<std::size_t>(number);
    const auto error = static_cast<float>(deviation * random.normal());
    rows.push_back({all.users[n], all.items[n], all.values[n], all.values[n] + error});
  }
  return rows;
}

MetricValue compute(const Metric& metric, const EvaluatedRows& rows) {
  return ToyEval(rows, {1, 5}, kSquaredNorm).of(metric);
}

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)});
}

std::string orders_errors(const Metric& metric) {
  double better = compute(metric, with_errors(0)).value;
  double better_error = 0;
  for (const double error : {0.25, 0.75, 2.0}) {
    const double worse = compute(metric, with_errors(error)).value;
    if (metric.higher_is_better() ? worse >= better : worse <= better) {
      return fmt::format(
          "errors of {} give {:.9g} and errors of {} give {:.9g}, though {} is better",
          better_error, better, error, worse, metric.higher_is_better() ? "higher" : "lower");
    }
    better = worse;
    better_error = error;
  }
  return "";
}

std::string permutes(const Metric& metric, const EvaluatedRows& rows) {
  EvaluatedRows permuted;
  const auto n = static_cast<std::int32_t>(rows.size());
  for (const std::int32_t row : Random(1).stream("rows").permutation(n)) {
    permuted.push_back(rows[static_cast<std::size_t>(row)]);
  }
  const MetricValue before = compute(metric, rows);
  const MetricValue after = compute(metric, permuted);
  if (!close(before.value, after.value)) {
    return fmt::format("{:.17g} becomes {:.17g} when the rows stand in another order", before.value,
                       after.value);
  }
  if (before.users != after.users) return "another order of the rows changes per-user users";
  for (std::size_t n_user = 0; n_user < before.per_user.size(); ++n_user) {
    if (!close(before.per_user[n_user], after.per_user[n_user])) {
      return fmt::format(
          "another order of the rows changes user {}'s value from {:.17g} to {:.17g}",
          before.users[n_user], before.per_user[n_user], after.per_user[n_user]);
    }
  }
  return "";
}

std::string per_user_agrees(const Metric& metric, const EvaluatedRows& rows) {
  const MetricValue all = compute(metric, rows);
  if (all.users.size() != all.per_user.size()) {
    return fmt::format("{} users and {} values", all.users.size(), all.per_user.size());
  }
  for (std::size_t n = 0; n < all.users.size(); ++n) {
    if (n > 0 && all.users[n] <= all.users[n - 1]) return "the users are not ascending";
    EvaluatedRows own;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(own),
                 [&](const EvaluatedRow& row) { return row.user == all.users[n]; });
    if (own.empty()) return fmt::format("user {} has a value and no rows", all.users[n]);
    const double alone = compute(metric, own).value;
    if (!close(alone, all.per_user[n])) {
      return fmt::format("user {} has {:.17g}, and the metric of that user's rows alone is {:.17g}",
                         all.users[n], all.per_user[n], alone);
    }
  }
  return "";
}

// A metric of lists looks at the order of the scores alone.
std::string minds_order_alone(const Metric& metric, const EvaluatedRows& rows) {
  EvaluatedRows scaled = rows;
  for (EvaluatedRow& row : scaled) row.prediction = 2 * row.prediction;
  const double before = compute(metric, rows).value, after = compute(metric, scaled).value;
  return close(before, after)
             ? ""
             : fmt::format("{:.17g} becomes {:.17g} when all scores double", before, after);
}

std::string few_rows(const Metric& metric, const EvaluatedRows& rows) {
  for (const EvaluatedRows& few :
       {EvaluatedRows{}, EvaluatedRows{rows[0]}, EvaluatedRows{rows[0], rows[0]}}) {
    const double value = compute(metric, few).value;
    if (std::isinf(value)) return fmt::format("{} row(s) give {}", few.size(), value);
  }
  return "";
}

}  // namespace

Findings check_metric(const Factory<Metric>& make, const Watch& watch) {
  Checks checks(watch);
  std::unique_ptr<Metric> metric;
  const EvaluatedRows rows = with_errors(0.5);
  const bool finite = checks.run("is finite", [&]() -> std::string {
    metric = make();
    const double value = compute(*metric, rows).value;
    return std::isfinite(value) ? "" : fmt::format("predictions with errors give {}", value);
  });
  if (metric == nullptr || !finite) return checks.take();
  const bool lists = metric->ranking().any();
  if (lists) {
    checks.run("the order of the scores alone matters",
               [&] { return minds_order_alone(*metric, rows); });
  } else {
    checks.run("perfect predictions are best, larger errors worse",
               [&] { return orders_errors(*metric); });
  }
  checks.run("the order of the rows does not matter", [&] { return permutes(*metric, rows); });
  if (!lists) {
    checks.run("per-user values are those of the users' rows",
               [&] { return per_user_agrees(*metric, rows); });
  }
  checks.run("few rows give a value or none", [&] { return few_rows(*metric, rows); });
  checks.run("another gives the same", [&]() -> std::string {
    const double value = compute(*metric, rows).value;
    const double other = compute(*make(), rows).value;
    return value == other ? "" : fmt::format("{:.17g} and {:.17g}", value, other);
  });
  return checks.take();
}

}  // namespace cofi::testing
