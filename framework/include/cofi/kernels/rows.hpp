// Tables of float32 rows for the CPU kernels: every row starts on a cache line and is filled up
// with zeros to whole cache lines, so that a gather touches no line twice and loops have no
// remainder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "cofi/error.hpp"

namespace cofi {
class Archive;
}

namespace cofi::kernels {

// The fixed number of partial sums of a reduction, whatever the CPU: a cache line of floats.
constexpr std::int64_t kLanes = 16;

constexpr std::int64_t padded(std::int64_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

// Zeros [rows x width]: a view of a [rows x padded(width)] buffer, aligned to a cache line.
COFI_API at::Tensor padded_rows(std::int64_t rows, std::int64_t width);

// A copy of a table [rows x width] as padded_rows.
COFI_API at::Tensor padded_copy(const at::Tensor& table);
// The table itself where it is such rows, else a copy.
COFI_API at::Tensor padded_on_cpu(const at::Tensor& table);
// The same of a table that was read, where it is on the CPU; on another device it stays as it is.
COFI_API void pad_rows(at::Tensor& table);
// Writes a table, or reads a copy as padded_rows, whatever the archive's device.
COFI_API void padded_state(Archive& archive, const std::string& name, at::Tensor& table);

// Zeros with the table's sizes and strides, type and device, and as much behind the last row as
// between two: kernels write whole padded rows.
COFI_API at::Tensor zeros_laid_out_as(const at::Tensor& table);

// A table as kernels see it.
struct RowTable {
  float* data = nullptr;
  std::int64_t stride = 0;  // floats from one row to the next, a multiple of kLanes
  std::int64_t width = 0;   // a row's values; the rest of the stride is zero

  float* row(std::int64_t id) const { return data + id * stride; }
  // Asks for a row's memory before it is used.
  void prefetch(std::int64_t id) const {
    for (std::int64_t at = 0; at < stride; at += kLanes) __builtin_prefetch(row(id) + at);
  }
};

// The table behind a tensor that padded_rows or padded_copy made (anything else is a bug).
COFI_API RowTable row_table(const at::Tensor& padded);

}  // namespace cofi::kernels
