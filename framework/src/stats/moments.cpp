#include "stats/moments.hpp"

#include <cmath>

namespace cofi::stats {

Moments moments_of(View<double> values) {
  Moments moments;
  if (values.empty()) return moments;
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  moments.mean = sum / n;
  if (values.size() < 2) return moments;
  double squares = 0;
  for (const double value : values) {
    squares += (value - moments.mean) * (value - moments.mean);
  }
  moments.deviation = std::sqrt(squares / (n - 1));
  return moments;
}

}  // namespace cofi::stats
