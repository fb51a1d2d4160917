// The hot loops of factor models on the CPU. Each is the work of one thread; the order of every sum
// is fixed, so that the bits depend on neither threads nor CPU.
#pragma once

#include <cstdint>
#include <functional>

#include "cofi/column.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"

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

// Of all groups, to the gradient of a parameter, in parallel.
COFI_API void add_factors(RowGradients& out, const BatchRows& groups, const RowTable& table,
                          const std::int32_t* ids, const float* weights, std::size_t parameter);

// Turns the predictions of a batch into the slopes of its loss: predict(begin, end) leaves those of
// the ratings [begin, end) in slopes, at most `grain` of them and in parallel; then
//   slopes[n] = d (the batch's loss) / d (the prediction of n).
// Returns the sum of the ratings' losses.
template <class Predict>
double batch_slopes(const Batch& batch, const RowGradients& out, std::int64_t grain, float* slopes,
                    const Predict& predict) {
  const float* values = batch.values.template data_ptr<float>();
  const auto scale = static_cast<float>(out.scale);
  return parallel_reduce(
      out.pool, batch.size(), grain, 0.0,
      [&](std::int64_t begin, std::int64_t end) {
        predict(begin, end);
        double sum = 0;
        for (std::int64_t n = begin; n < end; ++n) {
          const float error = slopes[n] - values[n];
          sum += out.loss.value(error);
          slopes[n] = out.loss.slope(error) * scale;
        }
        return sum;
      },
      std::plus<>());
}

// The gradients of a bias table's rows: for the groups m in [begin, end),
//   out[rows[m]] += sum over p of weights[p],
// over the group's positions p in their order, in double.
COFI_API void add_sums(const BatchRows& groups, std::int64_t begin, std::int64_t end,
                       const float* weights, float* out);
// Of all groups, to the gradient of a parameter, in parallel.
COFI_API void add_biases(RowGradients& out, const BatchRows& groups, const float* weights,
                         std::size_t parameter);

}  // namespace cofi::kernels
