// What models share whose parameter `solver` is batch or sequential: steps for batches by any
// optimizer, or plain stochastic gradient descent, a rating (or a user) at a time.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi {

class Params;

namespace kernels {

// An Error where the solver is batch and reg_scale is frequency, or one of these learning rates is
// set.
COFI_API void check_solver(const Params& params, std::initializer_list<const char*> rates);

// The penalties of a pass' rows: a table's regularization, or the pass' weight_decay where it has
// none; by frequency over the square root of the row's count.
struct COFI_API RowPenalties {
  double weight_decay = 0;
  bool by_frequency = false;

  double of(const std::optional<double>& regularization, std::int64_t count) const {
    const double value = regularization.value_or(weight_decay);
    return by_frequency && count > 0 ? value / std::sqrt(static_cast<double>(count)) : value;
  }
  // [counts]
  std::vector<float> of(const std::optional<double>& regularization,
                        View<std::int64_t> counts) const;
};

}  // namespace kernels
}  // namespace cofi
