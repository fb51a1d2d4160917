#include "stats/bootstrap.hpp"

#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "stats/moments.hpp"

namespace cofi::stats {
namespace {

namespace math = boost::math;

// The value below which this share of the sorted values lies, between neighbours in proportion.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// The acceleration: a sixth of the skewness of the jackknife's means.
double acceleration(View<double> values, double mean) {
  double squares = 0, cubes = 0;
  for (const double value : values) {
    const double d = value - mean;
    squares += d * d;
    cubes += d * d * d;
  }
  return cubes / (6 * std::pow(squares, 1.5));
}

}  // namespace

Interval bootstrap_mean(View<double> values, double level, std::int64_t resamples,
                        const Random& random, const ThreadPool& pool) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (values.size() < 2) return {kNan, kNan};
  const Moments moments = moments_of(values);
  if (moments.deviation == 0) return {moments.mean, moments.mean};
  std::vector<double> means(static_cast<std::size_t>(resamples));
  parallel_for(pool, resamples, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      Random draws = random.stream(static_cast<std::uint64_t>(n));
      double sum = 0;
      for (std::size_t drawn = 0; drawn < values.size(); ++drawn) {
        sum += values[draws.below(values.size())];
      }
      means[static_cast<std::size_t>(n)] = sum / static_cast<double>(values.size());
    }
  });
  std::sort(means.begin(), means.end());
  const auto below = std::lower_bound(means.begin(), means.end(), moments.mean) - means.begin();
  const auto until = std::upper_bound(means.begin(), means.end(), moments.mean) - means.begin();
  const double share = static_cast<double>(below + until) / 2 / static_cast<double>(resamples);
  if (share <= 0 || share >= 1) return {means.front(), means.back()};
  const math::normal normal;
  const double bias = math::quantile(normal, share);
  const double a = acceleration(values, moments.mean);
  const auto corrected = [&](double z) {
    return math::cdf(normal, bias + (bias + z) / (1 - a * (bias + z)));
  };
  const double z = math::quantile(normal, (1 + level) / 2);
  return {quantile(means, corrected(-z)), quantile(means, corrected(z))};
}

}  // namespace cofi::stats
