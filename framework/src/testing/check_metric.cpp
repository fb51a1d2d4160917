#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cofi/random.hpp"
#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

// Evaluated rows with predictions: all that a metric may look at, kept alive.
struct Evaluated {
  Interactions rows;
  std::vector<float> predictions;
  std::vector<std::int64_t> user_counts, item_counts;
  RatingScale scale;

  MetricValue of(const Metric& metric) const {
    return metric.compute({rows, predictions, scale, 3.0, user_counts, item_counts, 12.5});
  }
  // The given rows of it, in the given order.
  Evaluated part(const std::vector<std::int32_t>& wanted) const {
    Evaluated part = *this;
    part.rows = rows.rows(wanted, ThreadPool(1));
    part.predictions.clear();
    for (const std::int32_t row : wanted) {
      part.predictions.push_back(predictions[static_cast<std::size_t>(row)]);
    }
    return part;
  }
};

// The test rows of additive_toy, predicted with normal errors of the given standard deviation.
Evaluated with_errors(double deviation) {
  const Toy toy = additive_toy();
  Evaluated evaluated;
  evaluated.rows = toy.data.interactions.rows(toy.test, ThreadPool(1));
  evaluated.scale = toy.data.scale;
  evaluated.user_counts.assign(static_cast<std::size_t>(toy.data.users.size()), 40);
  evaluated.item_counts.assign(static_cast<std::size_t>(toy.data.items.size()), 48);
  Random random = Random(1).stream("errors");
  for (const float value : evaluated.rows.values) {
    evaluated.predictions.push_back(value + static_cast<float>(deviation * random.normal()));
  }
  return evaluated;
}

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)});
}

std::string orders_errors(const Metric& metric) {
  double better = with_errors(0).of(metric).value;
  double better_error = 0;
  for (const double error : {0.25, 0.75, 2.0}) {
    const double worse = with_errors(error).of(metric).value;
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

std::string permutes(const Metric& metric, const Evaluated& evaluated) {
  const auto n = static_cast<std::int32_t>(evaluated.rows.size());
  const Evaluated permuted = evaluated.part(Random(1).stream("rows").permutation(n));
  const MetricValue before = evaluated.of(metric);
  const MetricValue after = permuted.of(metric);
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

std::string per_user_agrees(const Metric& metric, const Evaluated& evaluated) {
  const MetricValue all = evaluated.of(metric);
  if (all.users.size() != all.per_user.size()) {
    return fmt::format("{} users and {} values", all.users.size(), all.per_user.size());
  }
  for (std::size_t n = 0; n < all.users.size(); ++n) {
    if (n > 0 && all.users[n] <= all.users[n - 1]) return "the users are not ascending";
    std::vector<std::int32_t> own;
    for (std::size_t row = 0; row < evaluated.rows.size(); ++row) {
      if (evaluated.rows.users[row] == all.users[n]) own.push_back(static_cast<std::int32_t>(row));
    }
    if (own.empty()) return fmt::format("user {} has a value and no rows", all.users[n]);
    const double alone = evaluated.part(own).of(metric).value;
    if (!close(alone, all.per_user[n])) {
      return fmt::format("user {} has {:.17g}, and the metric of that user's rows alone is {:.17g}",
                         all.users[n], all.per_user[n], alone);
    }
  }
  return "";
}

std::string few_rows(const Metric& metric, const Evaluated& evaluated) {
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, {0}, {0, 0}}) {
    const double value = evaluated.part(rows).of(metric).value;
    if (std::isinf(value)) return fmt::format("{} row(s) give {}", rows.size(), value);
  }
  return "";
}

}  // namespace

Findings check_metric(const Factory<Metric>& make) {
  Checks checks;
  std::unique_ptr<Metric> metric;
  const Evaluated evaluated = with_errors(0.5);
  const bool finite = checks.run("is finite", [&]() -> std::string {
    metric = make();
    const double value = evaluated.of(*metric).value;
    return std::isfinite(value) ? "" : fmt::format("predictions with errors give {}", value);
  });
  if (metric == nullptr || !finite) return checks.take();
  checks.run("perfect predictions are best, larger errors worse",
             [&] { return orders_errors(*metric); });
  checks.run("the order of the rows does not matter", [&] { return permutes(*metric, evaluated); });
  checks.run("per-user values are those of the users' rows",
             [&] { return per_user_agrees(*metric, evaluated); });
  checks.run("few rows give a value or none", [&] { return few_rows(*metric, evaluated); });
  checks.run("another gives the same", [&]() -> std::string {
    const double value = evaluated.of(*metric).value;
    const double other = evaluated.of(*make()).value;
    return value == other ? "" : fmt::format("{:.17g} and {:.17g}", value, other);
  });
  return checks.take();
}

}  // namespace cofi::testing
