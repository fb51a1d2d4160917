// Learned weights between items, dense or sparse.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi {

class Archive;

// w_ij: what having item i says for item j.
class COFI_API ItemWeights {
 public:
  ItemWeights() = default;
  // Row i has the items j whose weight is not 0, ascending. Eight bytes a weight.
  explicit ItemWeights(SparseRows rows);
  // float32 [items x items] on the CPU, w_ij in row i. Four bytes a weight.
  explicit ItemWeights(at::Tensor table);

  std::int32_t items() const;
  // 0 where there is none; both in [0, items).
  float at(std::int32_t i, std::int32_t j) const;
  // out[j] = x w_ij + out[j] for all j, each by one fused multiply-add.
  void add_row(std::int32_t i, float x, float* out) const;

  void state(Archive& archive);

 private:
  SparseRows rows_;  // where there is no table
  at::Tensor table_;
};

// Leaves the `keep` rows whose value(row) is largest in magnitude, of equal ones those of lower
// ids, in no order.
template <class Row, class Value>
void take_largest(std::vector<Row>& rows, std::size_t keep, const Value& value) {
  if (rows.size() <= keep) return;
  std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(keep), rows.end(),
                   [&](const Row& a, const Row& b) {
                     const float x = std::abs(value(a)), y = std::abs(value(b));
                     return x > y || (x == y && a.id < b.id);
                   });
  rows.resize(keep);
}
// The same of entries, which are then ascending by id.
COFI_API void keep_largest(std::vector<SparseRows::Entry>& row, std::size_t keep);
// Rows that were made one by one.
COFI_API SparseRows joined(const std::vector<std::vector<SparseRows::Entry>>& rows);

}  // namespace cofi
