// The rows of tables that a batch touches, as rows of numbers that travel.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"

namespace cofi::train {

// Of one parameter: which of its rows a batch touches (ascending; not looked at where all_rows).
struct SumTable {
  at::Tensor gradient;  // float32 [rows, ...], as the parameter
  View<std::int32_t> rows;
  bool all_rows = true;
  bool stays = false;  // the rows are this rank's alone: nothing is exchanged
  std::string name;
};

COFI_API std::int64_t packed_cols(const SumTable& table);
COFI_API std::int64_t packed_count(const SumTable& table);  // numbers

// Fixed point: 64 bits, of which 36 are after the point.
constexpr double kFixedOne = static_cast<double>(1LL << 36);
// The largest of one part's, so that 64 of them are no overflow.
constexpr double kFixedLargest = static_cast<double>(1LL << 56);

// How rows get there and back.
struct RowPacking {
  // numbers: float32 [packed_count], on the gradient's device.
  void (*pack)(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers);
  void (*unpack)(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers);
  // Adds the rows to those of sums (int64 [packed rows, cols]) at `places` (by row; all rows: as
  // they are) in fixed point, and sets them to zero. How many numbers were too large or none.
  std::int64_t (*add_fixed)(const SumTable& table, const std::vector<std::int32_t>& places,
                            const ThreadPool& pool, const at::Tensor& sums);
  // numbers: int64 [packed_count], each times `by`.
  void (*unpack_fixed)(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers,
                       double by);
};

extern COFI_API const RowPacking kByThreads;     // on the CPU
extern COFI_API const RowPacking kByOperations;  // by LibTorch's operations, on any device

}  // namespace cofi::train
