// Confidence intervals by resampling.
#pragma once

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::stats {

struct Interval {
  double low, high;  // NaN both of fewer than two values
};

// The interval of the values' mean at this level (0.95) by the bootstrap, bias-corrected and
// accelerated (Efron 1987, "Better bootstrap confidence intervals"). The same bits for any thread
// count.
COFI_API Interval bootstrap_mean(View<double> values, double level, std::int64_t resamples,
                                 const Random& random, const ThreadPool& pool);

}  // namespace cofi::stats
