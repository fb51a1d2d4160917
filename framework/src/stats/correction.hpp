// Corrections for many tests at once.
#pragma once

#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi::stats {

// Holm's step-down adjustment (1979): the smallest of m p-values counts m times, the next m - 1
// times, ..., none less than one before it and none above 1. NaN, tests that could not be taken,
// stay and do not count. In the order given.
COFI_API std::vector<double> holm(View<double> p);

}  // namespace cofi::stats
