// How much higher one item is rated than another. See README.md beside this file.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

// For each item i the items j that somebody rated beside it:
//   dev_ij = sum over their common users of (r_ui - r_uj) / c_ij, c_ij such users.
struct Deviations {
  std::vector<std::int64_t> starts;   // [items + 1]
  std::vector<std::int32_t> ids;      // [pairs] ascending for each item
  std::vector<float> values, counts;  // [pairs]

  void state(cofi::Archive& archive);
};

// Of all ratings. Time: the sum over users of the square of their ratings; sums in double.
Deviations deviations_of(const cofi::SparseRows& users, const cofi::SparseRows& items,
                         const cofi::ThreadPool& pool);
