// Implicit feedback in factor models: a row's vector (a user's, say) gains a sum of the vectors of
// those in its set (the items that it rated), as in Koren (2008), equations 13 and 15:
//   sum = |set|^-1/2 * sum over the set of vectors[id], or of value * vectors[id]
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

struct COFI_API ImplicitSets {
  const SparseRows* sets = nullptr;  // a row each, ids ascending
  RowTable vectors;
  bool weighted = false;  // by the entries' values

  // |set|^-1/2, and 0 of an empty set.
  float scale(std::int32_t row) const;
  // By how much the row's sum moves along a vector that add() adds: the sum of squares of what each
  // of the set's vectors counts.
  float gain(std::int32_t row) const;
  // out[stride] += the row's sum
  void add_sum(std::int32_t row, float* out) const;
  // vectors[id] += |set|^-1/2 * (1, or its value) * vector, for the ids of the row's set in [first,
  // last): their gradient, where the vector is that of the sum.
  void add(std::int32_t row, const float* vector, std::int32_t first, std::int32_t last) const;
};

// table[row] = the row's sums over all the sets, for every row of the table.
COFI_API void implicit_sums(const std::vector<ImplicitSets>& all, const RowTable& table,
                            std::int64_t rows, const ThreadPool& pool);

// The sums [n x width] of rows [n] int32 (of -1: zeros) over vectors [ids x width], differentiable,
// on the vectors' device; each distinct row is summed once.
COFI_API at::Tensor implicit_sums(const SparseRows& sets, bool weighted, const at::Tensor& vectors,
                                  const at::Tensor& rows);

// [ids] how many sets each id stands in.
COFI_API std::vector<std::int64_t> appearances(const SparseRows& sets, std::int32_t ids);

}  // namespace cofi::kernels
