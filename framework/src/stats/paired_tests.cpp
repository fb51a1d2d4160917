#include "stats/paired_tests.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "stats/moments.hpp"

namespace cofi::stats {
namespace {

namespace math = boost::math;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kExactWilcoxon = 50;
// Differences and sums that are apart by rounding alone (0.3 - 0.2 and 0.4 - 0.3) count as equal:
// by less than this share of the largest difference, or of the sum of all.
constexpr double kRounding = 1e-12;

// The t of a mean whose variance is `share` times the differences' own.
TestResult t_test(View<double> differences, double share) {
  if (differences.size() < 2) return {kNan, kNan};
  const Moments moments = moments_of(differences);
  const double error = moments.deviation * std::sqrt(share);
  if (error == 0) {
    return moments.mean == 0 ? TestResult{0, 1}
                             : TestResult{std::copysign(kInfinity, moments.mean), 0};
  }
  const double t = moments.mean / error;
  const math::students_t distribution(static_cast<double>(differences.size()) - 1);
  return {t, 2 * math::cdf(math::complement(distribution, std::abs(t)))};
}

struct SignedRanks {
  double positive = 0, negative = 0;  // rank sums
  double tied = 0;                    // the sum of t^3 - t over groups of t equal ranks
};

SignedRanks signed_ranks(std::vector<double> differences, double rounding) {
  std::sort(differences.begin(), differences.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  SignedRanks ranks;
  for (std::size_t begin = 0; begin < differences.size();) {
    std::size_t end = begin + 1;
    while (end < differences.size() &&
           std::abs(differences[end]) - std::abs(differences[begin]) <= rounding) {
      ++end;
    }
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (std::size_t n = begin; n < end; ++n) {
      (differences[n] > 0 ? ranks.positive : ranks.negative) += rank;
    }
    const auto ties = static_cast<double>(end - begin);
    ranks.tied += ties * ties * ties - ties;
    begin = end;
  }
  return ranks;
}

// The probability of a rank sum of at most `most` among n ranks with signs by chance.
double exact_tail(std::size_t n, std::size_t most) {
  std::vector<double> ways(n * (n + 1) / 2 + 1, 0);  // of each sum, out of 2^n
  ways[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t sum = rank * (rank + 1) / 2; sum >= rank; --sum) {
      ways[sum] += ways[sum - rank];
    }
  }
  const double below =
      std::accumulate(ways.begin(), ways.begin() + static_cast<std::ptrdiff_t>(most) + 1, 0.0);
  return std::ldexp(below, -static_cast<int>(n));
}

// The sum with the signs that the bits say: pattern(n) gives the n-th 32 of them.
template <class Pattern>
double signed_sum(View<double> differences, Pattern&& pattern) {
  double sum = 0;
  for (std::size_t begin = 0; begin < differences.size(); begin += 32) {
    std::uint32_t bits = pattern(begin / 32);
    const std::size_t end = std::min(begin + 32, differences.size());
    for (std::size_t n = begin; n < end; ++n, bits >>= 1) {
      sum += (bits & 1) != 0 ? -differences[n] : differences[n];
    }
  }
  return sum;
}

}  // namespace

TestResult paired_t(View<double> differences) {
  return t_test(differences, 1 / static_cast<double>(differences.size()));
}

TestResult corrected_t(View<double> differences, double test_to_train) {
  return t_test(differences, 1 / static_cast<double>(differences.size()) + test_to_train);
}

TestResult wilcoxon(View<double> differences) {
  if (differences.size() < 2) return {kNan, kNan};
  double largest = 0;
  for (const double difference : differences) largest = std::max(largest, std::abs(difference));
  const double rounding = kRounding * largest;
  std::vector<double> nonzero;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(nonzero),
               [&](double difference) { return std::abs(difference) > rounding; });
  if (nonzero.empty()) return {0, 1};
  const auto n = static_cast<double>(nonzero.size());
  const SignedRanks ranks = signed_ranks(nonzero, rounding);
  const double statistic = std::min(ranks.positive, ranks.negative);
  if (nonzero.size() <= kExactWilcoxon && nonzero.size() == differences.size() && ranks.tied == 0) {
    const double tail = exact_tail(nonzero.size(), static_cast<std::size_t>(statistic));
    return {statistic, std::min(1.0, 2 * tail)};
  }
  const double mean = n * (n + 1) / 4;
  const double variance = (n * (n + 1) * (2 * n + 1) - ranks.tied / 2) / 24;
  const double z = (statistic - mean) / std::sqrt(variance);
  return {statistic, std::min(1.0, 2 * math::cdf(math::normal(), z))};
}

TestResult permutation(View<double> differences, std::int64_t resamples, const Random& random,
                       const ThreadPool& pool) {
  if (differences.size() < 2) return {kNan, kNan};
  const double sum = signed_sum(differences, [](std::size_t) { return 0U; });
  double size = 0;
  for (const double difference : differences) size += std::abs(difference);
  const double far = std::abs(sum) - kRounding * size;
  const double statistic = sum / static_cast<double>(differences.size());
  const bool all = differences.size() < 31 && (std::int64_t{1} << differences.size()) <= resamples;
  const std::int64_t patterns = all ? std::int64_t{1} << differences.size() : resamples;
  const auto hits = parallel_reduce(
      pool, patterns, 64, std::int64_t{0},
      [&](std::int64_t begin, std::int64_t end) {
        std::int64_t found = 0;
        for (std::int64_t n = begin; n < end; ++n) {
          Random draws = random.stream(static_cast<std::uint64_t>(n));
          const double resampled = signed_sum(differences, [&](std::size_t) {
            return all ? static_cast<std::uint32_t>(n) : draws();
          });
          found += std::abs(resampled) >= far ? 1 : 0;
        }
        return found;
      },
      [](std::int64_t a, std::int64_t b) { return a + b; });
  if (all) return {statistic, static_cast<double>(hits) / static_cast<double>(patterns)};
  return {statistic, static_cast<double>(hits + 1) / static_cast<double>(patterns + 1)};
}

double effect_size(View<double> differences) {
  const Moments moments = moments_of(differences);
  return moments.mean == 0 ? 0 : moments.mean / moments.deviation;
}

}  // namespace cofi::stats
