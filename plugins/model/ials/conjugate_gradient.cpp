#include <algorithm>
#include <cmath>

#include "cofi/kernels/factors.hpp"

#include "row_solver.hpp"

namespace ials {
namespace {

using cofi::kernels::kLanes;
using Entries = cofi::View<cofi::SparseRows::Entry>;

constexpr std::size_t kGroup = 4;          // rows of factors that share a pass over a vector
constexpr std::size_t kCached = 1U << 17;  // floats that a core's own caches hold

void add_products(const float* a, const float* b, float* lanes) {
  for (std::int64_t lane = 0; lane < kLanes; ++lane) {
    lanes[lane] = std::fma(a[lane], b[lane], lanes[lane]);
  }
}

// The lanes added in halves. Each half in an array of its own: GCC then keeps all in registers.
float halved(const float (&lanes)[kLanes]) {
  float eight[8], four[4];
  for (int lane = 0; lane < 8; ++lane) eight[lane] = lanes[lane] + lanes[lane + 8];
  for (int lane = 0; lane < 4; ++lane) four[lane] = eight[lane] + eight[lane + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// dots[k] = rows[k] . v. Eight sums of eight lanes are what two FMA units keep under way.
void dot_group(const float* const (&rows)[kGroup], const float* v, std::int64_t stride,
               float (&dots)[kGroup]) {
  float first[kLanes] = {}, second[kLanes] = {}, third[kLanes] = {}, fourth[kLanes] = {};
  for (std::int64_t c = 0; c < stride; c += kLanes) {
    add_products(rows[0] + c, v + c, first);
    add_products(rows[1] + c, v + c, second);
    add_products(rows[2] + c, v + c, third);
    add_products(rows[3] + c, v + c, fourth);
  }
  dots[0] = halved(first);
  dots[1] = halved(second);
  dots[2] = halved(third);
  dots[3] = halved(fourth);
}

// out += sum over k of weights[k] rows[k]
void add_group(const float (&weights)[kGroup], const float* const (&rows)[kGroup],
               std::int64_t stride, float* out) {
  const float *first = rows[0], *second = rows[1], *third = rows[2], *fourth = rows[3];
  for (std::int64_t c = 0; c < stride; ++c) {
    float sum = std::fma(weights[0], first[c], out[c]);
    sum = std::fma(weights[1], second[c], sum);
    sum = std::fma(weights[2], third[c], sum);
    out[c] = std::fma(weights[3], fourth[c], sum);
  }
}

class ConjugateGradient final : public RowSolver {
 public:
  ConjugateGradient(const OtherSide& other, std::int64_t steps)
      : other_(other),
        stride_(other.table.stride),
        steps_(steps),
        residual_(static_cast<std::size_t>(stride_)),
        direction_(residual_.size()),
        image_(residual_.size()) {}

  // The matrix A of the row's equations A x = b is never formed: A v is the Gram matrix times v and
  // a pass over the row's entries.
  void solve(Entries row, double penalty, float* x) override {
    const auto reg = static_cast<float>(penalty);
    multiply<true>(row, reg, x, residual_.data());
    direction_ = residual_;
    float size = squared(residual_);
    for (std::int64_t step = 0; step < steps_ && size > kConverged; ++step) {
      multiply<false>(row, reg, direction_.data(), image_.data());
      const float curvature = cofi::kernels::dot(direction_.data(), image_.data(), stride_);
      if (!(curvature > 0)) break;
      const float length = size / curvature;
      for (std::int64_t c = 0; c < stride_; ++c) {
        const auto at = static_cast<std::size_t>(c);
        x[c] = std::fma(length, direction_[at], x[c]);
        residual_[at] = std::fma(-length, image_[at], residual_[at]);
      }
      const float before = size;
      size = squared(residual_);
      const float turn = size / before;
      for (std::size_t c = 0; c < direction_.size(); ++c) {
        direction_[c] = std::fma(turn, direction_[c], residual_[c]);
      }
    }
  }

 private:
  static constexpr float kConverged = 1e-20F;  // |residual|^2

  float squared(const std::vector<float>& v) const {
    return cofi::kernels::dot(v.data(), v.data(), stride_);
  }

  // out = A v; of the first, b - A v. The first pass finds the row's factors in memory and asks for
  // them ahead; the others find them in the caches, unless there are too many.
  template <bool First>
  void multiply(Entries row, float reg, const float* v, float* out) const {
    for (std::int64_t c = 0; c < stride_; ++c) out[c] = First ? -reg * v[c] : reg * v[c];
    const float* rows[kGroup];
    float weights[kGroup];
    const std::int64_t width = other_.table.width;
    for (std::int64_t i = 0; i < width; i += kGroup) {
      for (std::int64_t k = 0; k < static_cast<std::int64_t>(kGroup); ++k) {
        rows[k] = other_.gram.data() + std::min(i + k, width - 1) * stride_;
        weights[k] = i + k < width ? (First ? -v[i + k] : v[i + k]) : 0;
      }
      add_group(weights, rows, stride_, out);
    }
    const float base = other_.unobserved_weight;
    const bool ahead = First || row.size() * static_cast<std::size_t>(stride_) > kCached;
    for (std::size_t n = 0; n < row.size(); n += kGroup) {
      for (std::size_t k = 0; k < kGroup; ++k) {
        rows[k] = other_.table.row(row.data()[std::min(n + k, row.size() - 1)].id);
        if (ahead && n + k + kAhead < row.size())
          other_.table.prefetch(row.data()[n + k + kAhead].id);
      }
      float dots[kGroup];
      dot_group(rows, v, stride_, dots);
      for (std::size_t k = 0; k < kGroup; ++k) {
        const float w = n + k < row.size() ? row.data()[n + k].value : 0;
        weights[k] = !First ? w * dots[k] : n + k < row.size() ? base + w - w * dots[k] : 0;
      }
      add_group(weights, rows, stride_, out);
    }
  }

  const OtherSide& other_;
  std::int64_t stride_, steps_;
  std::vector<float> residual_, direction_, image_;  // [stride]
};

}  // namespace

std::unique_ptr<RowSolver> conjugate_gradient(const OtherSide& other, std::int64_t steps) {
  return std::make_unique<ConjugateGradient>(other, steps);
}

}  // namespace ials
