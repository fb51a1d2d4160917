// A uniformly random permutation, drawn by all threads.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::train {

// order becomes a permutation of [0, n) that depends on the generator alone. Each row goes to a
// random bucket, then each bucket is shuffled in cache (Rao 1961, Sandelius 1962: every permutation
// is equally likely).
COFI_API void shuffle(const Random& random, std::int32_t n, const ThreadPool& pool,
                      std::vector<std::int32_t>& order);

}  // namespace cofi::train
