// Where the spread of a metric comes from.
#pragma once

#include <vector>

#include "cofi/error.hpp"

namespace cofi::stats {

struct SpreadParts {
  double split;  // standard deviation that the choice of the fold makes
  double seed;   // that which the choice of the seed makes, on one fold
};

// From values by fold and, within a fold, by repeat (equally many, each with a seed of its own):
// the two components of a one-way random-effects analysis (Searle, Casella and McCulloch 1992,
// section 3.6); a negative estimate of the split's is 0. NaN where there are no two folds, or
// repeats.
COFI_API SpreadParts spread_parts(const std::vector<std::vector<double>>& by_fold);

}  // namespace cofi::stats
