// The hot loops of factor models on the CPU. Each is the work of one thread; the order of every sum
// is fixed, so that the bits depend on neither threads nor CPU.
#pragma once

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/rows.hpp"

namespace cofi::kernels {

// The dot product of two padded rows of n floats, a multiple of kLanes: kLanes partial sums by
// fused multiply-add, then halved together.
COFI_API float dot(const float* a, const float* b, std::int64_t n);

// A biased factor model: mean + b_u + b_i + p_u . q_i.
struct BiasedFactors {
  float mean = 0;
  const float* user_bias = nullptr;  // [users]
  const float* item_bias = nullptr;  // [items]
  RowTable user_factors, item_factors;
};

// out[n]: the model's value for each pair; the terms of an unknown id (-1) drop out.
COFI_API void predict(const BiasedFactors& model, View<std::int32_t> users,
                      View<std::int32_t> items, float* out);

// The gradients of a factor table's rows, from the ratings of each: for the groups m in [begin,
// end),
//   out[rows[m]][c] += sum over p of weights[p] * table[ids[p]][c], c < table.width,
// over the group's positions p in their order. out has rows of `stride` floats.
COFI_API void add_weighted_rows(const RowTable& table, const BatchRows& groups, std::int64_t begin,
                                std::int64_t end, const std::int32_t* ids, const float* weights,
                                float* out, std::int64_t stride);

// The sum of weights[p] over the positions p, in their order, in double: a bias' gradient.
COFI_API double sum_at(View<std::int32_t> positions, const float* weights);

}  // namespace cofi::kernels
