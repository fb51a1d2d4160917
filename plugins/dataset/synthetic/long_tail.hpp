// Long-tailed weights, and how many ratings each user gets by them.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/random.hpp"

namespace synthetic {

// n weights (rank)^-exponent with the ranks 1..n in random order: Zipf's law.
std::vector<double> zipf_weights(std::int32_t n, double exponent, cofi::Random random);

// Shares `total` among the weights as evenly to them as whole numbers allow, none more than `most`
// and, where the total suffices, none less than 1. total <= weights x most.
std::vector<std::int64_t> shares(const std::vector<double>& weights, std::int64_t total,
                                 std::int64_t most);

}  // namespace synthetic
