// Which of several systems differ by more than chance: a row for each pair and metric.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/parallel.hpp"

#include "run/systems.hpp"
#include "run/table.hpp"

namespace cofi::run {

struct ComparisonOptions {
  double level = 0.95;             // of the confidence interval
  std::int64_t resamples = 10000;  // of the interval and of the permutation test
  std::uint64_t seed = 0;
  // Of metrics, by name. More than kMostSystems comparable systems are then compared with the
  // best of them alone.
  std::map<std::string, bool> higher_is_better = {};
  // Of users' differences in a pair's resamples, about: those are then as many as that allows, and
  // kLeastResamples at least. 0: without limit.
  std::int64_t draws = 0;
  // Asked between pairs; what was not compared by then is missing in the table.
  std::function<bool()> interrupted = {};
};
constexpr std::size_t kMostSystems = 10;
constexpr std::int64_t kLeastResamples = 200;

// Why two systems cannot be compared ("other data", "other splits"); empty where they can be.
COFI_API std::string incomparable(const System& a, const System& b);

// Pairs of the systems that are comparable (all of one dataset's, where `anyway`), a before b as
// given. The columns:
//   metric, a, b                     (and the dataset, where there are several)
//   users                            how many users both have values of
//   difference                       a's mean minus b's: over users, or folds where it has none
//   low, high                        the difference's confidence interval, over users
//   effect                           Cohen's d_z, over users
//   t_p, wilcoxon_p, permutation_p   p-values, over users
//   folds, folds_p                   Student's t over folds, as Nadeau and Bengio correct it
//   *_holm                           each p-value corrected over all pairs of metric and dataset
// Tests over users need 2 of them, those over folds 2 folds; what cannot be taken is empty.
COFI_API Table comparison_table(const std::vector<System>& systems, bool anyway,
                                const ComparisonOptions& options, const ThreadPool& pool);

}  // namespace cofi::run
