// Sparse rows by hand, and their values as a dense table.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/sparse_rows.hpp"

namespace cofi::test {

using Dense = std::vector<std::vector<double>>;  // 0: nothing there

inline SparseRows sparse(const Dense& dense) {
  SparseRows rows;
  rows.starts.push_back(0);
  for (const std::vector<double>& row : dense) {
    for (std::size_t id = 0; id < row.size(); ++id) {
      if (row[id] == 0) continue;
      rows.entries.push_back({static_cast<std::int32_t>(id), static_cast<float>(row[id])});
    }
    rows.starts.push_back(static_cast<std::int64_t>(rows.entries.size()));
  }
  return rows;
}

inline Dense dense(const SparseRows& rows, std::size_t columns) {
  Dense all(static_cast<std::size_t>(rows.size()), std::vector<double>(columns));
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    for (const auto& [id, value] : rows.row(row)) {
      all[static_cast<std::size_t>(row)][static_cast<std::size_t>(id)] = value;
    }
  }
  return all;
}

}  // namespace cofi::test
