// Tree-structured Parzen estimators (Bergstra, Bardenet, Bengio and Kegl 2011, "Algorithms for
// hyper-parameter optimization").
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/random.hpp"

namespace cofi::search {

// What was tried: a number of [0, 1) for each key.
struct Trial {
  std::vector<double> numbers;
  std::optional<double> loss;  // lower is better; nothing: it failed, which is worse than any
};

// Where to try next. Of n trials the best 0.15 n (the paper's quantile, rounded up) are good, the
// others bad. Each key by itself: with l and g the densities of the good and the bad trials, 24
// candidates are drawn from l and the one with the largest l / g is taken.
//   range (choices 0): a mean of normal densities around the trials' numbers, truncated to [0, 1],
//     each as wide as the larger distance to its neighbours (0 and 1 among them), at least
//     1 / min(100, 1 + trials); and of the uniform density
//   choices c: (trials with the value + 1 / c) / (trials + 1), for the middle of the value's part
//   of
//     [0, 1)
COFI_API std::vector<double> suggest(const std::vector<std::size_t>& choices,
                                     const std::vector<Trial>& trials, const Random& random);

}  // namespace cofi::search
