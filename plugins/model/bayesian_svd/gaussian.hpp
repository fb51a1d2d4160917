// The conditional distribution of one row of a linear model with Gaussian noise:
//   target_n = row . x_n + noise of precision alpha,  row ~ N(mean, precision^-1)
// given ratings n, is normal with precision A = precision + alpha sum x x' and mean
// A^-1 (precision mean + alpha sum target x) (Salakhutdinov and Mnih 2008, equations 11 to 13).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cofi/column.hpp"
#include "cofi/kernels/rows.hpp"

namespace bayesian {

using cofi::kernels::RowTable;

// Columns that loops take at a time; rows are padded to a multiple.
constexpr std::int64_t kTile = 8;

// gram += sum x x', target += sum t x over rows x; of the gram only tiles that touch its lower
// triangle. gram [width x stride], target [stride]. Sums of a tile are an array of their own: GCC
// then knows that they are nowhere else, and makes vectors of them.
template <std::size_t... N>
void add_outer(const float* const (&x)[sizeof...(N)], const float (&t)[sizeof...(N)],
               const RowTable& shape, float* gram, float* target, std::index_sequence<N...>) {
  float sums[kTile];
  for (std::int64_t r = 0; r < shape.width; ++r) {
    const float weights[] = {x[N][r]...};
    for (std::int64_t c = 0; c <= r; c += kTile) {
      float* out = gram + r * shape.stride + c;
      for (int lane = 0; lane < kTile; ++lane) {
        float sum = out[lane];
        ((sum = std::fma(weights[N], x[N][c + lane], sum)), ...);
        sums[lane] = sum;
      }
      for (int lane = 0; lane < kTile; ++lane) out[lane] = sums[lane];
    }
  }
  for (std::int64_t c = 0; c < shape.stride; c += kTile) {
    for (int lane = 0; lane < kTile; ++lane) {
      float sum = target[c + lane];
      ((sum = std::fma(t[N], x[N][c + lane], sum)), ...);
      sums[lane] = sum;
    }
    for (int lane = 0; lane < kTile; ++lane) target[c + lane] = sums[lane];
  }
}

// gram = sum x x', target = sum t x over the rows `ids` of the table and their targets t.
inline void sum_ratings(const RowTable& table, cofi::View<std::int32_t> ids, const float* targets,
                        float* gram, float* target) {
  std::fill(gram, gram + table.width * table.stride, 0.0F);
  std::fill(target, target + table.stride, 0.0F);
  std::size_t n = 0;
  for (; n + 4 <= ids.size(); n += 4) {
    const std::int32_t* id = ids.data() + n;
    const float* t = targets + n;
    add_outer({table.row(id[0]), table.row(id[1]), table.row(id[2]), table.row(id[3])},
              {t[0], t[1], t[2], t[3]}, table, gram, target, std::make_index_sequence<4>());
  }
  for (; n < ids.size(); ++n) {
    add_outer({table.row(ids.data()[n])}, {targets[n]}, table, gram, target,
              std::make_index_sequence<1>());
  }
  for (std::int64_t r = 0; r < table.width; ++r) {
    for (std::int64_t c = r + 1; c < table.width; ++c) {
      gram[r * table.stride + c] = gram[c * table.stride + r];
    }
  }
}

// out[size] = sum weights[id]^2 * grams[id][size] over the ids, four of them a pass
inline void sum_grams(const float* grams, std::int64_t size, cofi::View<std::int32_t> ids,
                      const float* weights, float* out) {
  std::fill(out, out + size, 0.0F);
  std::size_t n = 0;
  for (; n + 4 <= ids.size(); n += 4) {
    const std::int32_t* id = ids.data() + n;
    const float *a = grams + id[0] * size, *b = grams + id[1] * size;
    const float *c = grams + id[2] * size, *d = grams + id[3] * size;
    const float u = weights[id[0]] * weights[id[0]], v = weights[id[1]] * weights[id[1]];
    const float w = weights[id[2]] * weights[id[2]], x = weights[id[3]] * weights[id[3]];
    for (std::int64_t at = 0; at < size; ++at) {
      out[at] =
          std::fma(u, a[at], std::fma(v, b[at], std::fma(w, c[at], std::fma(x, d[at], out[at]))));
    }
  }
  for (; n < ids.size(); ++n) {
    const std::int32_t id = ids.data()[n];
    const float *a = grams + id * size, u = weights[id] * weights[id];
    for (std::int64_t at = 0; at < size; ++at) out[at] = std::fma(u, a[at], out[at]);
  }
}

// out -= weight * gram * row, the gram symmetric
inline void subtract_product(const float* gram, const float* row, float weight,
                             const RowTable& shape, float* out) {
  for (std::int64_t c = 0; c < shape.stride; c += kTile) {
    float sums[kTile];
    for (int lane = 0; lane < kTile; ++lane) sums[lane] = out[c + lane];
    for (std::int64_t r = 0; r < shape.width; ++r) {
      const float factor = -weight * row[r];
      const float* from = gram + r * shape.stride + c;
      for (int lane = 0; lane < kTile; ++lane) {
        sums[lane] = std::fma(factor, from[lane], sums[lane]);
      }
    }
    for (int lane = 0; lane < kTile; ++lane) out[c + lane] = sums[lane];
  }
}

// Four columns at a time: doubles of half a tile.
constexpr std::int64_t kHalf = kTile / 2;

// out[kHalf] += factor * row[kHalf]
inline void add_scaled(double factor, const double* row, double* out) {
  double sums[kHalf];
  for (int lane = 0; lane < kHalf; ++lane) sums[lane] = std::fma(factor, row[lane], out[lane]);
  for (int lane = 0; lane < kHalf; ++lane) out[lane] = sums[lane];
}

// The upper triangle of the symmetric a [d x stride], zero in columns from d on, becomes the root U
// with U'U = a (Cholesky). Of the lower triangle what may be read is zero then.
inline void factorize(double* a, std::int64_t d, std::int64_t stride) {
  for (std::int64_t k = 0; k < d; ++k) {
    double* pivot = a + k * stride;
    const std::int64_t aligned = k / kHalf * kHalf;
    for (std::int64_t j = aligned; j < k; ++j) pivot[j] = 0;
    const double scale = 1 / std::sqrt(pivot[k]);
    for (std::int64_t j = aligned; j < stride; ++j) pivot[j] *= scale;
    for (std::int64_t i = k + 1; i < d; ++i) {
      double* row = a + i * stride;
      const double factor = -pivot[i];
      for (std::int64_t j = i / kHalf * kHalf; j < stride; j += kHalf) {
        add_scaled(factor, pivot + j, row + j);
      }
    }
  }
}

// x = U^-1 (U'^-1 x + noise): from the gradient of the log density at a row, the step from there to
// a draw of the row (with noise of zeros, to its mean). x [stride] is zero from d on.
inline void step(const double* root, std::int64_t d, std::int64_t stride, const float* noise,
                 double* x) {
  for (std::int64_t k = 0; k < d; ++k) {
    const double* row = root + k * stride;
    const double value = x[k] / row[k];
    for (std::int64_t j = k / kHalf * kHalf; j < stride; j += kHalf) {
      add_scaled(-value, row + j, x + j);
    }
    x[k] = value;
  }
  for (std::int64_t k = 0; k < d; ++k) x[k] += noise[k];
  for (std::int64_t k = d; k-- > 0;) {
    const double* row = root + k * stride;
    const double value = x[k];
    x[k] = 0;
    double sums[kHalf] = {};
    for (std::int64_t j = k / kHalf * kHalf; j < stride; j += kHalf) {
      for (int lane = 0; lane < kHalf; ++lane) {
        sums[lane] = std::fma(row[j + lane], x[j + lane], sums[lane]);
      }
    }
    x[k] = (value - ((sums[0] + sums[2]) + (sums[1] + sums[3]))) / row[k];
  }
}

}  // namespace bayesian
