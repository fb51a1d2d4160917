// What a fit and its metrics depend on, as SHA-256 keys of the journal.
#pragma once

#include <cstdint>
#include <string>

#include "run/plan.hpp"

namespace cofi::run {

struct FitKeys {
  // Data, split, model without late parameters, the file that its parameter `path` names,
  // optimizer, train options, seed, device kind, the plugins' files and libcofi; with curves or
  // early stopping also the metrics that they take; the number of ranks where it changes the
  // result, if only by rounding.
  std::string fit;
  std::string family;  // see Cell; fewer ranks may go on where more were interrupted
};
FitKeys fit_keys(const PlannedRow& row, const FoldFacts& fold, std::uint64_t seed,
                 const Workshop& workshop);
// The late parameters and the cold start rule.
std::string late_key(const PlannedRow& row, const plugin::Registry& registry);
// A metric's value on a part: the metric, its plugin's file, and the late key.
std::string metric_key(const PlannedRow& row, const std::string& part, const spec::Json& metric,
                       const plugin::Registry& registry);
// Of the seconds that evaluating a part took: the part, the late key, how items are ranked.
std::string evaluation_key(const PlannedRow& row, const std::string& part);

}  // namespace cofi::run
