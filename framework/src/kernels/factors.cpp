#include "cofi/kernels/factors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cofi/kernels/biases.hpp"

namespace cofi::kernels {
namespace {

// How many pairs ahead rows are asked for: gathers from tables that outgrow the caches then
// overlap.
constexpr std::size_t kAhead = 4;
constexpr std::int32_t kRatingsAhead = 4;
constexpr std::int64_t kGroupsAhead = 4;

void prefetch_known(const RowTable& table, std::int32_t id) {
  if (id >= 0) table.prefetch(id);
}

// lanes[c] += weight * row[c]
void add_scaled(float weight, const float* row, float* lanes) {
  for (int c = 0; c < 8; ++c) lanes[c] = std::fma(weight, row[c], lanes[c]);
}

// Copies count <= Columns floats; all of them, the usual case, without a call.
template <std::int64_t Columns>
void copy(const float* from, std::int64_t count, float* to) {
  if (count == Columns) {
    for (std::int64_t c = 0; c < Columns; ++c) to[c] = from[c];
  } else {
    for (std::int64_t c = 0; c < count; ++c) to[c] = from[c];
  }
}

// Columns `first` and the 8 * sizeof...(V) - 1 following of out, which stay in registers while the
// ratings pass by. The rows of the table are padded, out need not be. The vectors are spelt out: in
// a loop over them GCC would join the iterations of the ratings' loop and spill every lane.
template <std::int64_t... V>
void accumulate(const RowTable& table, View<std::int32_t> positions, const std::int32_t* ids,
                const float* weights, std::int64_t first, float* out,
                std::integer_sequence<std::int64_t, V...>) {
  constexpr std::int64_t kColumns = 8 * sizeof...(V);
  const std::int64_t count = std::min(kColumns, table.width - first);
  float lanes[kColumns] = {};
  copy<kColumns>(out + first, count, lanes);
  for (const std::int32_t p : positions) {
    const float* row = table.row(ids[p]) + first;
    (add_scaled(weights[p], row + 8 * V, lanes + 8 * V), ...);
  }
  copy<kColumns>(lanes, count, out + first);
}

template <std::int64_t Columns>
using Vectors = std::make_integer_sequence<std::int64_t, Columns / 8>;

// The lanes added in halves. Each half in an array of its own: GCC then keeps all in registers.
float halved(const float (&lanes)[kLanes]) {
  float eight[8], four[4];
  for (int lane = 0; lane < 8; ++lane) eight[lane] = lanes[lane] + lanes[lane + 8];
  for (int lane = 0; lane < 4; ++lane) four[lane] = eight[lane] + eight[lane + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

}  // namespace

float dot(const float* a, const float* b, std::int64_t n) {
  float lanes[kLanes] = {};
  for (std::int64_t at = 0; at < n; at += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = std::fma(a[at + lane], b[at + lane], lanes[lane]);
    }
  }
  return halved(lanes);
}

void predict(const BiasedFactors& model, View<std::int32_t> users, View<std::int32_t> items,
             float* out) {
  const std::int64_t n = model.user_factors.stride;
  for (std::size_t pair = 0; pair < users.size(); ++pair) {
    if (pair + kAhead < users.size()) {
      prefetch_known(model.user_factors, users.data()[pair + kAhead]);
      prefetch_known(model.item_factors, items.data()[pair + kAhead]);
    }
    const std::int32_t user = users.data()[pair], item = items.data()[pair];
    float value = biased(model.mean, model.user_bias, model.item_bias, user, item);
    if (user >= 0 && item >= 0) {
      value += dot(model.user_factors.row(user), model.item_factors.row(item), n);
    }
    out[pair] = value;
  }
}

void add_weighted_rows(const RowTable& table, const BatchRows& groups, std::int64_t begin,
                       std::int64_t end, const std::int32_t* ids, const float* weights, float* out,
                       std::int64_t stride) {
  const std::int32_t *starts = groups.starts.data(), *order = groups.order.data();
  const std::int32_t last = starts[end];
  for (std::int64_t m = begin; m < end; ++m) {
    const auto count = static_cast<std::size_t>(starts[m + 1] - starts[m]);
    const View<std::int32_t> positions(order + starts[m], count);
    // Most items have few ratings: without this, short groups would wait for every row.
    const std::int32_t ahead = std::min(last, starts[m + 1] + kRatingsAhead);
    for (std::int32_t n = starts[m + 1]; n < ahead; ++n) table.prefetch(ids[order[n]]);
    if (m + kGroupsAhead < end) {
      const float* later = out + groups.rows.data()[m + kGroupsAhead] * stride;
      for (std::int64_t at = 0; at < table.width; at += kLanes) __builtin_prefetch(later + at, 1);
    }
    float* row = out + groups.rows.data()[m] * stride;
    std::int64_t first = 0;
    for (; table.stride - first >= 64; first += 64) {
      accumulate(table, positions, ids, weights, first, row, Vectors<64>{});
    }
    if (table.stride - first >= 32) {
      accumulate(table, positions, ids, weights, first, row, Vectors<32>{});
      first += 32;
    }
    if (first < table.stride) accumulate(table, positions, ids, weights, first, row, Vectors<16>{});
  }
}

void add_factors(RowGradients& out, const BatchRows& groups, const RowTable& table,
                 const std::int32_t* ids, const float* weights, std::size_t parameter) {
  constexpr std::int64_t kGrain = 16;
  float* factors = out.gradients[parameter].data_ptr<float>();
  const std::int64_t stride = out.gradients[parameter].stride(0);
  parallel_for(out.pool, static_cast<std::int64_t>(groups.rows.size()), kGrain,
               [&](std::int64_t begin, std::int64_t end) {
                 add_weighted_rows(table, groups, begin, end, ids, weights, factors, stride);
               });
}

void add_sums(const BatchRows& groups, std::int64_t begin, std::int64_t end, const float* weights,
              float* out) {
  for (auto m = static_cast<std::size_t>(begin); m < static_cast<std::size_t>(end); ++m) {
    double sum = 0;
    for (std::int32_t at = groups.starts[m]; at < groups.starts[m + 1]; ++at) {
      sum += weights[groups.order[static_cast<std::size_t>(at)]];
    }
    out[groups.rows[m]] += static_cast<float>(sum);
  }
}

void add_biases(RowGradients& out, const BatchRows& groups, const float* weights,
                std::size_t parameter) {
  constexpr std::int64_t kGrain = 256;
  float* biases = out.gradients[parameter].data_ptr<float>();
  parallel_for(
      out.pool, static_cast<std::int64_t>(groups.rows.size()), kGrain,
      [&](std::int64_t begin, std::int64_t end) { add_sums(groups, begin, end, weights, biases); });
}

}  // namespace cofi::kernels
