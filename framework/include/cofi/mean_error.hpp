// What metrics that average an error over the evaluated rows have in common.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/metric.hpp"

namespace cofi {

// The mean of error(prediction - value) over all rows, and over each user's rows (users ascending,
// those without rows left out). Sums in double, in row order; NaN where there are no rows.
template <class ErrorOf>
MetricValue mean_error(const EvalContext& context, const ErrorOf& error) {
  const std::size_t n = context.interactions.size();
  std::vector<double> sums(context.user_counts.size());
  std::vector<std::int64_t> rows(context.user_counts.size());
  double total = 0;
  for (std::size_t row = 0; row < n; ++row) {
    const double e = error(double{context.predictions[row]} - context.interactions.values[row]);
    const auto user = static_cast<std::size_t>(context.interactions.users[row]);
    total += e;
    sums[user] += e;
    ++rows[user];
  }
  MetricValue mean;
  if (n > 0) mean.value = total / static_cast<double>(n);
  for (std::size_t user = 0; user < rows.size(); ++user) {
    if (rows[user] == 0) continue;
    mean.users.push_back(static_cast<std::int32_t>(user));
    mean.per_user.push_back(sums[user] / static_cast<double>(rows[user]));
  }
  return mean;
}

// The same values, each changed by the function.
template <class Function>
MetricValue transformed(MetricValue metric, const Function& function) {
  metric.value = function(metric.value);
  for (double& value : metric.per_user) value = function(value);
  return metric;
}

}  // namespace cofi
