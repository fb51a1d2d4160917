#include "long_tail.hpp"

#include <algorithm>
#include <cmath>

namespace synthetic {

std::vector<double> zipf_weights(std::int32_t n, double exponent, cofi::Random random) {
  std::vector<double> weights;
  weights.reserve(static_cast<std::size_t>(n));
  for (const std::int32_t rank : random.permutation(n)) {
    weights.push_back(std::pow(rank + 1.0, -exponent));
  }
  return weights;
}

std::vector<std::int64_t> shares(const std::vector<double>& weights, std::int64_t total,
                                 std::int64_t most) {
  const auto n = static_cast<std::int64_t>(weights.size());
  const std::int64_t least = total >= n ? 1 : 0;
  const auto share = [&](double scale, double weight) {
    return std::clamp(scale * weight, static_cast<double>(least), static_cast<double>(most));
  };
  const auto sum_at = [&](double scale) {
    double sum = 0;
    for (const double weight : weights) sum += share(scale, weight);
    return sum;
  };
  // The scale at which the shares add up to the total: their sum grows with it.
  double low = 0, high = 1;
  while (sum_at(high) < static_cast<double>(total) && high < 1e300) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (sum_at(middle) < static_cast<double>(total) ? low : high) = middle;
  }
  // Rounded so that every sum from the first on is right to a half.
  std::vector<std::int64_t> rounded;
  rounded.reserve(weights.size());
  double sum = 0;
  std::int64_t given = 0;
  for (const double weight : weights) {
    sum += share(high, weight);
    const auto mine = static_cast<std::int64_t>(std::nearbyint(sum)) - given;
    rounded.push_back(std::clamp(mine, least, most));
    given += rounded.back();
  }
  // What rounding at the bounds left over.
  for (std::size_t at = 0; given != total; at = (at + 1) % rounded.size()) {
    if (given < total && rounded[at] < most) ++rounded[at], ++given;
    if (given > total && rounded[at] > least) --rounded[at], --given;
  }
  return rounded;
}

}  // namespace synthetic
