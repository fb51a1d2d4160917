// Random walks from items over users to items.
#pragma once

#include <cstdint>

#include "cofi/error.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

struct WalkOptions {
  double alpha = 1;        // power of a step's probability
  double beta = 0;         // power of the popularity that divides
  std::int64_t keep = 1;   // weights kept of each row, the largest
  bool normalize = false;  // what is kept of a row adds up to 1
};

// The steps from each row: every value becomes (value / sum of the row)^alpha. An Error where a
// value is not positive.
COFI_API void take_steps(SparseRows& rows, double alpha);

// Of users' values x [users x items], row i:
//   w_ij = d_j^-beta sum over v of (x_vi / d_i)^alpha (x_vj / d_v)^alpha,  j != i,
// d the sum of a user's or an item's values. Sums are in double and in the users' order: the same
// bits for any number of threads. Time: the sum over users of the square of their lengths; memory:
// two copies of the users' values, and what is kept.
COFI_API SparseRows walk_weights(const SparseRows& users, std::int32_t items,
                                 const WalkOptions& options, const ThreadPool& pool);

}  // namespace cofi::kernels
