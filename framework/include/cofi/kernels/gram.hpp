// Products between all pairs of items, as dense tables.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

// G = X'X [items x items] of users' rows X: a table of padded rows, both triangles. Sums are in
// double and in the users' order, the same bits for any number of threads. Memory 4 items^2 bytes
// and a copy of the rows; time: the sum over users of the square of their lengths, halved. An
// Error that says what it would take where there are more than max_items items.
COFI_API at::Tensor gram(const SparseRows& users, std::int32_t items, std::int64_t max_items,
                         const ThreadPool& pool);

// Copies the lower triangle of a table [rows x rows] to the upper one.
COFI_API void mirror_lower(const RowTable& table, std::int64_t rows, const ThreadPool& pool);

}  // namespace cofi::kernels
