#include "stats/variance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/moments.hpp"

namespace cofi::stats {

SpreadParts spread_parts(const std::vector<std::vector<double>>& by_fold) {
  SpreadParts parts{std::numeric_limits<double>::quiet_NaN(),
                    std::numeric_limits<double>::quiet_NaN()};
  if (by_fold.empty()) return parts;
  std::vector<double> means;
  double within = 0;
  for (const std::vector<double>& fold : by_fold) {
    const Moments moments = moments_of(fold);
    means.push_back(moments.mean);
    within += moments.deviation * moments.deviation / static_cast<double>(by_fold.size());
  }
  parts.seed = std::sqrt(within);
  const double between = moments_of(means).deviation;
  // The means of folds vary by their own share of the seeds' variance, too.
  const double repeats = static_cast<double>(by_fold.front().size());
  const double noise = repeats > 1 ? within / repeats : 0;
  parts.split = std::sqrt(std::max(0.0, between * between - noise));
  if (std::isnan(between)) parts.split = between;
  return parts;
}

}  // namespace cofi::stats
