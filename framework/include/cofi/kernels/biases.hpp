// mean + b_u + b_i: the baseline estimates of Koren (2010), "Factor in the neighbors", section 2.1.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

struct Biases {
  double mean = 0;
  std::vector<double> users, items;  // [users], [items]; 0 without ratings

  // Of ids outside the vocabulary (-1) the term drops out.
  double value(std::int32_t user, std::int32_t item) const {
    return mean + (user < 0 ? 0 : users[static_cast<std::size_t>(user)]) +
           (item < 0 ? 0 : items[static_cast<std::size_t>(item)]);
  }
};

// Biases as a float32 table [biases].
COFI_API at::Tensor bias_table(const std::vector<double>& biases);

// mean + b_u + b_i of such tables; of ids outside the vocabulary (-1) the term drops out.
inline float biased(float mean, const float* user_bias, const float* item_bias, std::int32_t user,
                    std::int32_t item) {
  float value = mean;
  if (user >= 0) value += user_bias[user];
  if (item >= 0) value += item_bias[item];
  return value;
}

// bias[row] = sum of w (value - mean - other_bias) / (damping + sum of w); rows for which that
// divides by 0 keep theirs, as do those without ratings. weights: rows of the same entries whose
// values are w; all 1 where there are none. All sums here are in double and in the rows' order.
COFI_API void damped_biases(const SparseRows& rows, double mean,
                            const std::vector<double>& other_bias, double damping,
                            std::vector<double>& bias, const ThreadPool& pool,
                            const SparseRows* weights = nullptr);

struct BiasOptions {
  std::int64_t epochs = 10;
  double reg_user = 15, reg_item = 10;
};

// What each rating counts, as rows of the ratings' own entries.
struct BiasWeights {
  SparseRows by_user, by_item;
};

// Alternating least squares: each epoch solves items, then users, from zeros.
COFI_API Biases als_biases(const SparseRows& by_user, const SparseRows& by_item, double mean,
                           const BiasOptions& options, const ThreadPool& pool,
                           const BiasWeights* weights = nullptr);

}  // namespace cofi::kernels
