#include "cofi/kernels/normal_equations.hpp"

#include <algorithm>
#include <cmath>

#include "cofi/kernels/factors.hpp"

namespace cofi::kernels {
namespace {

constexpr std::int64_t kPending = 32;  // rows multiplied at a time: they stay in the first cache
constexpr std::int64_t kTile = 4;      // rows of the matrix that share a pass over them

// A pivot this much smaller than its diagonal has lost half of a float's digits: double must
// decide. Below the second the matrix itself, a sum of floats, holds nothing but rounding.
constexpr float kFloatPivot = 1e-3F;
constexpr double kDoublePivot = 1e-6;

constexpr std::int64_t line_of(std::int64_t column) { return column / kLanes * kLanes; }

void add_scaled(float weight, const float* row, float* sums) {
  for (std::int64_t lane = 0; lane < kLanes; ++lane) {
    sums[lane] = std::fma(weight, row[lane], sums[lane]);
  }
}

// out[t * stride + lane] += sign * sum over p < count of left[p][t] * right[p][lane], for a tile of
// kTile x kLanes. Each row's sums are an array of their own, so that GCC keeps all in registers.
void add_products(const float* left, const float* right, std::int64_t count, std::int64_t stride,
                  float sign, float* out) {
  float first[kLanes] = {}, second[kLanes] = {}, third[kLanes] = {}, fourth[kLanes] = {};
  for (std::int64_t p = 0; p < count; ++p, left += stride, right += stride) {
    add_scaled(left[0], right, first);
    add_scaled(left[1], right, second);
    add_scaled(left[2], right, third);
    add_scaled(left[3], right, fourth);
  }
  add_scaled(sign, first, out);
  add_scaled(sign, second, out + stride);
  add_scaled(sign, third, out + 2 * stride);
  add_scaled(sign, fourth, out + 3 * stride);
}

}  // namespace

NormalEquations::NormalEquations(std::int64_t width)
    : width_(width),
      stride_(padded(width)),
      rows_(static_cast<std::size_t>(kPending * stride_)),
      weighted_(rows_.size()),
      matrix_(static_cast<std::size_t>(stride_ * stride_)),
      factor_(matrix_.size()),
      right_(static_cast<std::size_t>(stride_)) {}

void NormalEquations::start() {
  pending_ = 0;
  std::fill(matrix_.begin(), matrix_.end(), 0.0F);
  std::fill(right_.begin(), right_.end(), 0.0F);
}

void NormalEquations::start(const float* base) {
  pending_ = 0;
  std::copy(base, base + width_ * stride_, matrix_.begin());
  std::fill(right_.begin(), right_.end(), 0.0F);
}

void NormalEquations::add(const float* row, float weight, float target) {
  float* y = rows_.data() + pending_ * stride_;
  float* weighted = weighted_.data() + pending_ * stride_;
  for (std::int64_t c = 0; c < width_; ++c) {
    y[c] = row[c];
    weighted[c] = weight * row[c];
    right_[static_cast<std::size_t>(c)] += target * row[c];
  }
  if (++pending_ == kPending) flush();
}

void NormalEquations::flush() {
  if (pending_ == 0) return;
  for (std::int64_t i = 0; i < width_; i += kTile) {
    for (std::int64_t j = line_of(i); j < stride_; j += kLanes) {
      add_products(weighted_.data() + i, rows_.data() + j, pending_, stride_, 1,
                   matrix_.data() + i * stride_ + j);
    }
  }
  pending_ = 0;
}

void NormalEquations::penalize(std::int64_t begin, std::int64_t end, double penalty) {
  flush();
  for (std::int64_t i = begin; i < end; ++i) {
    matrix_[static_cast<std::size_t>(i * stride_ + i)] += static_cast<float>(penalty);
  }
}

const float* NormalEquations::matrix() {
  flush();
  return matrix_.data();
}

// U'U = matrix, row by row (Cholesky): a tile of rows takes away what the rows above it explain,
// then its own rows one after another. False where a pivot asks for double.
bool NormalEquations::factorize() {
  std::copy(matrix_.begin(), matrix_.end(), factor_.begin());
  float* const u = factor_.data();
  for (std::int64_t first = 0; first < width_; first += kTile) {
    for (std::int64_t j = line_of(first); j < stride_; j += kLanes) {
      add_products(u + first, u + j, first, stride_, -1, u + first * stride_ + j);
    }
    for (std::int64_t i = first; i < std::min(first + kTile, width_); ++i) {
      float* row = u + i * stride_;
      for (std::int64_t k = first; k < i; ++k) {
        const float* above = u + k * stride_;
        for (std::int64_t j = line_of(i); j < stride_; ++j) {
          row[j] = std::fma(-above[i], above[j], row[j]);
        }
      }
      if (!(row[i] > kFloatPivot * matrix_[static_cast<std::size_t>(i * stride_ + i)])) {
        return false;
      }
      const float inverse = 1 / std::sqrt(row[i]);
      for (std::int64_t j = line_of(i); j < i; ++j) row[j] = 0;
      for (std::int64_t j = i; j < stride_; ++j) row[j] *= inverse;
    }
  }
  return true;
}

void NormalEquations::solve(float* x) {
  flush();
  if (!factorize()) return solve_in_double(x);
  const float* const u = factor_.data();
  for (std::int64_t i = 0; i < width_; ++i) {  // U' z = right
    const float* row = u + i * stride_;
    const float z = right_[static_cast<std::size_t>(i)] / row[i];
    for (std::int64_t j = line_of(i); j < stride_; ++j) {
      right_[static_cast<std::size_t>(j)] =
          std::fma(-z, row[j], right_[static_cast<std::size_t>(j)]);
    }
    x[i] = z;
  }
  // U x = z, from the last.
  std::vector<float>& known = right_;
  std::fill(known.begin(), known.end(), 0.0F);
  for (std::int64_t i = width_; i-- > 0;) {
    const std::int64_t line = line_of(i);
    const float* row = u + i * stride_;
    x[i] = (x[i] - dot(row + line, known.data() + line, stride_ - line)) / row[i];
    known[static_cast<std::size_t>(i)] = x[i];
  }
  std::fill(x + width_, x + stride_, 0.0F);
}

void NormalEquations::solve_in_double(float* x) const {
  const auto n = static_cast<std::size_t>(width_), stride = static_cast<std::size_t>(stride_);
  std::vector<double> lower(n * n), solved(right_.begin(), right_.begin() + width_);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double value = matrix_[j * stride + i];
      for (std::size_t k = 0; k < j; ++k) value -= lower[i * n + k] * lower[j * n + k];
      if (j < i) {
        lower[i * n + j] = value / lower[j * n + j];
      } else if (value > kDoublePivot * matrix_[i * stride + i]) {
        lower[i * n + i] = std::sqrt(value);
      } else {
        throw Error("least squares: ", width_,
                    " factors have no single solution for a row with so few interactions; raise "
                    "the regularization or lower the factors");
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) solved[i] -= lower[i * n + k] * solved[k];
    solved[i] /= lower[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) solved[i] -= lower[k * n + i] * solved[k];
    solved[i] /= lower[i * n + i];
  }
  std::transform(solved.begin(), solved.end(), x, [](double v) { return static_cast<float>(v); });
  std::fill(x + width_, x + stride_, 0.0F);
}

std::vector<float> gram(const RowTable& table, std::int64_t rows, const ThreadPool& pool) {
  constexpr std::int64_t kGrain = 4096;
  const std::int64_t width = table.width, stride = padded(width);
  std::vector<std::vector<float>> partials(static_cast<std::size_t>((rows + kGrain - 1) / kGrain));
  parallel_for(pool, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    NormalEquations sums(width);
    for (std::int64_t id = begin; id < end; ++id) sums.add(table.row(id), 1, 0);
    const float* matrix = sums.matrix();
    partials[static_cast<std::size_t>(begin / kGrain)].assign(matrix, matrix + width * stride);
  });
  std::vector<float> total(static_cast<std::size_t>(width * stride));
  for (std::int64_t i = 0; i < width; ++i) {
    for (std::int64_t j = i; j < width; ++j) {
      const auto at = static_cast<std::size_t>(i * stride + j);
      double sum = 0;
      for (const std::vector<float>& part : partials) sum += part[at];
      total[at] = total[static_cast<std::size_t>(j * stride + i)] = static_cast<float>(sum);
    }
  }
  return total;
}

}  // namespace cofi::kernels
