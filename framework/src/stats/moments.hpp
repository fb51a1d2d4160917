// Mean and sample standard deviation.
#pragma once

#include <limits>

#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi::stats {

struct Moments {
  double mean = std::numeric_limits<double>::quiet_NaN();       // NaN of no values
  double deviation = std::numeric_limits<double>::quiet_NaN();  // n - 1; NaN of fewer than two
};

// Summed in order, in two passes.
COFI_API Moments moments_of(View<double> values);

}  // namespace cofi::stats
