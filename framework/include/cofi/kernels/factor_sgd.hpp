// Stochastic gradient descent on a biased factor model, a step a rating.
#pragma once

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/train_options.hpp"

namespace cofi::kernels {

struct FactorRating {
  std::int32_t user, item;
  float value;
};

// The model mean + b_u + b_i + p_u . q_i and how its rows step. A row's penalty is its table's,
// times the row's scale.
struct FactorSgd {
  float mean = 0;
  RowTable user_factors, item_factors;                       // of one width
  float *user_bias = nullptr, *item_bias = nullptr;          // [users], [items]
  const float *user_scale = nullptr, *item_scale = nullptr;  // [users], [items]
  float reg_user_factors = 0, reg_item_factors = 0, reg_user_bias = 0, reg_item_bias = 0;
  float learning_rate = 0;
  PointwiseLoss loss;
};

// For each rating in turn, with e = prediction - value and s = d loss / d e:
//   p_u -= lr (s q_i + reg p_u),  q_i -= lr (s p_u + reg q_i),  b_u -= lr (s + reg b_u),  b_i too,
// all from their values before the step. Returns the sum of the losses before each step. The work
// of one thread: about 5 width multiply-adds and 16 width bytes a rating.
COFI_API double sgd_steps(const FactorSgd& model, View<FactorRating> ratings);

}  // namespace cofi::kernels
