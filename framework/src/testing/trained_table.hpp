// One parameter with all that an optimizer's step takes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/optimizer.hpp"

namespace cofi::testing {

struct Step {
  std::vector<std::int32_t> rows;  // empty: all
  double learning_rate = 0.01, weight_decay = 0;
  int threads = 1;
};

struct TrainedTable {
  static constexpr std::int64_t kColumns = 13;  // no multiple of a vector's width

  // Tables of zeros of these sizes and strides, and the optimizer's state.
  TrainedTable(const Optimizer& optimizer, const std::vector<std::int64_t>& sizes,
               const std::vector<std::int64_t>& strides);

  // Of a filled table: gradients in [-1, 1) for the given rows (all where empty), the same at each
  // call.
  void give_gradient(const std::vector<std::int32_t>& rows);
  void step(const Optimizer& optimizer, const Step& how);
  // What differs from the other, strides aside; empty where nothing does.
  std::string difference(const TrainedTable& other) const;

  at::Tensor value, gradient;
  std::vector<at::Tensor> state;
  std::int64_t steps = 0;
};

// [rows x kColumns] with values in [-1, 1), the same for equal rows.
TrainedTable filled_table(const Optimizer& optimizer, std::int64_t rows,
                          std::int64_t stride = TrainedTable::kColumns);

}  // namespace cofi::testing
