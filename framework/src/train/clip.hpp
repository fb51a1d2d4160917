// Gradient clipping by the global norm.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cofi/column.hpp"
#include "cofi/parallel.hpp"

namespace cofi::train {

// A gradient and its rows that may differ from zero.
struct GradientRows {
  at::Tensor gradient;
  View<std::int32_t> rows;
  bool all_rows;
};

// Scales the gradients so that their norm together is at most `most` (Pascanu et al. 2013, with
// LibTorch's guard of 1e-6); returns the norm they had, summed in double in a fixed order.
COFI_API double clip_norm(const std::vector<GradientRows>& gradients, double most,
                          const ThreadPool& pool);

}  // namespace cofi::train
