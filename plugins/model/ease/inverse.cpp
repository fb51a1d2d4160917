#include "inverse.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "cofi/error.hpp"

namespace ease {
namespace {

using cofi::kernels::RowTable;

constexpr std::int64_t kBlock = 256;                    // columns swept together
constexpr std::int64_t kLanes = cofi::kernels::kLanes;  // columns of a tile
constexpr std::int64_t kRows = 4;                       // rows of a tile
constexpr std::int64_t kGrain = 96;                     // rows of a thread's piece, whole tiles

// Right factors of products, [panels][width][kLanes]: what a tile reads of them is contiguous.
class Panels {
 public:
  Panels(std::int64_t rows, std::int64_t width)
      : width_(width),
        values_(static_cast<std::size_t>((rows + kLanes - 1) / kLanes * kLanes * width)) {}

  const float* panel(std::int64_t row) const {
    return values_.data() + row / kLanes * kLanes * width_;
  }
  float& at(std::int64_t row, std::int64_t column) {
    const std::int64_t lane = row % kLanes;
    return values_[static_cast<std::size_t>((row - lane) * width_ + column * kLanes + lane)];
  }

 private:
  std::int64_t width_;
  std::vector<float> values_;
};

void add_scaled(float x, const float* y, float* sums) {
  for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] = std::fma(x, y[lane], sums[lane]);
}

// sums[t][lane] = sum over c < width of left[t][c] panel[c][lane], rows of left kBlock apart. Each
// row's sums are an array of their own, so that GCC keeps all in registers.
void multiply(const float* left, const float* panel, std::int64_t width, float* sums) {
  float first[kLanes] = {}, second[kLanes] = {}, third[kLanes] = {}, fourth[kLanes] = {};
  for (std::int64_t c = 0; c < width; ++c) {
    const float* right = panel + c * kLanes;
    add_scaled(left[c], right, first);
    add_scaled(left[c + kBlock], right, second);
    add_scaled(left[c + 2 * kBlock], right, third);
    add_scaled(left[c + 3 * kBlock], right, fourth);
  }
  std::copy(first, first + kLanes, sums);
  std::copy(second, second + kLanes, sums + kLanes);
  std::copy(third, third + kLanes, sums + 2 * kLanes);
  std::copy(fourth, fourth + kLanes, sums + 3 * kLanes);
}

// The inverse [width x width] of a positive definite one, by sweeps of one column after another.
void invert(std::vector<double>& a, std::int64_t width) {
  std::vector<double> pivot_row(static_cast<std::size_t>(width));
  for (std::int64_t k = 0; k < width; ++k) {
    double* row = a.data() + k * width;
    const double pivot = row[k];
    if (!(pivot > 0)) {
      throw cofi::Error(
          "the matrix to be inverted is not positive definite in float32 (a pivot is ", pivot,
          "); raise lambda");
    }
    row[k] = 1;
    for (std::int64_t j = 0; j < width; ++j) row[j] /= pivot;
    std::copy(row, row + width, pivot_row.begin());
    for (std::int64_t i = 0; i < width; ++i) {
      if (i == k) continue;
      double* other = a.data() + i * width;
      const double factor = other[k];
      other[k] = 0;
      for (std::int64_t j = 0; j < width; ++j) {
        other[j] = std::fma(-factor, pivot_row[static_cast<std::size_t>(j)], other[j]);
      }
    }
  }
}

class Sweep {
 public:
  Sweep(const RowTable& matrix, std::int64_t n, const cofi::ThreadPool& pool)
      : matrix_(matrix),
        n_(n),
        pool_(pool),
        column_(static_cast<std::size_t>((n + kRows) * kBlock)),
        scaled_(n, kBlock) {}

  // Sweeps the columns [first, first + width).
  void run(std::int64_t first, std::int64_t width) {
    first_ = first;
    width_ = width;
    gather();
    std::vector<double> inverse(static_cast<std::size_t>(width * width));
    for (std::int64_t i = 0; i < width; ++i) {
      const float* row = left(first + i);
      std::copy(row, row + width, inverse.begin() + i * width);
    }
    invert(inverse, width);
    scale(inverse);
    // The block's own rows and columns take no part in the update.
    std::fill(left(first), left(first + width), 0.0F);
    update();
    put_back(inverse);
  }

 private:
  float* left(std::int64_t row) { return column_.data() + row * kBlock; }
  bool swept(std::int64_t row) const { return row >= first_ && row < first_ + width_; }

  // left(i) = A_iK, of the lower triangle.
  void gather() {
    cofi::parallel_for(pool_, n_, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = 0; c < width_; ++c) {
        const std::int64_t k = first_ + c;
        for (std::int64_t i = begin; i < std::min(end, k); ++i) left(i)[c] = matrix_.row(k)[i];
      }
      for (std::int64_t i = std::max(begin, first_); i < end; ++i) {
        const float* row = matrix_.row(i) + first_;
        std::copy(row, row + std::min(width_, i - first_ + 1), left(i));
      }
    });
  }

  // scaled_ = A_IK A_KK^-1, zeros in the block's own rows.
  void scale(const std::vector<double>& inverse) {
    Panels right(width_, width_);
    for (std::int64_t i = 0; i < width_; ++i) {
      for (std::int64_t j = 0; j < width_; ++j) {
        right.at(i, j) = static_cast<float>(inverse[static_cast<std::size_t>(i * width_ + j)]);
      }
    }
    cofi::parallel_for(pool_, n_, kGrain, [&](std::int64_t begin, std::int64_t end) {
      alignas(64) float sums[kRows * kLanes];
      for (std::int64_t j = 0; j < width_; j += kLanes) {
        for (std::int64_t i = begin; i < end; i += kRows) {
          multiply(left(i), right.panel(j), width_, sums);
          for (std::int64_t t = 0; t < std::min(kRows, end - i); ++t) {
            for (std::int64_t c = j; c < std::min(width_, j + kLanes); ++c) {
              scaled_.at(i + t, c) = swept(i + t) ? 0 : sums[t * kLanes + c - j];
            }
          }
        }
      }
    });
  }

  // A_IJ -= A_IK (A_JK A_KK^-1)', J <= I. (A tile on the diagonal writes above it, where nothing is
  // read.)
  void update() {
    const std::int64_t blocks = (n_ + kGrain - 1) / kGrain;
    // Long rows first: what is left for the end is short.
    pool_.run(blocks, [&](std::int64_t block) {
      const std::int64_t begin = (blocks - 1 - block) * kGrain, end = std::min(n_, begin + kGrain);
      alignas(64) float sums[kRows * kLanes];
      for (std::int64_t j = 0; j < end; j += kLanes) {
        const float* panel = scaled_.panel(j);
        for (std::int64_t i = std::max(begin, begin + (j - begin) / kRows * kRows); i < end;
             i += kRows) {
          multiply(left(i), panel, width_, sums);
          for (std::int64_t t = 0; t < std::min(kRows, end - i); ++t) {
            float* out = matrix_.row(i + t) + j;
            for (std::int64_t lane = 0; lane < kLanes; ++lane) out[lane] -= sums[t * kLanes + lane];
          }
        }
      }
    });
  }

  void put_back(const std::vector<double>& inverse) {
    for (std::int64_t i = 0; i < width_; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) {
        matrix_.row(first_ + i)[first_ + j] =
            -static_cast<float>(inverse[static_cast<std::size_t>(i * width_ + j)]);
      }
    }
    cofi::parallel_for(pool_, n_, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = 0; c < width_; ++c) {
        float* row = matrix_.row(first_ + c);
        for (std::int64_t i = begin; i < std::min(end, first_); ++i) row[i] = scaled_.at(i, c);
      }
      for (std::int64_t i = std::max(begin, first_ + width_); i < end; ++i) {
        for (std::int64_t c = 0; c < width_; ++c) matrix_.row(i)[first_ + c] = scaled_.at(i, c);
      }
    });
  }

  RowTable matrix_;
  std::int64_t n_;
  const cofi::ThreadPool& pool_;
  std::int64_t first_ = 0, width_ = 0;
  std::vector<float> column_;  // [n, and a tile's rows more][kBlock] A_IK
  Panels scaled_;              // A_IK A_KK^-1, kBlock wide
};

}  // namespace

void negative_inverse(const RowTable& matrix, std::int64_t n, const cofi::ThreadPool& pool) {
  Sweep sweep(matrix, n, pool);
  for (std::int64_t first = 0; first < n; first += kBlock) {
    sweep.run(first, std::min(kBlock, n - first));
  }
}

}  // namespace ease
