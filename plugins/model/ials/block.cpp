#include <algorithm>
#include <cmath>

#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/normal_equations.hpp"

#include "row_solver.hpp"

namespace ials {
namespace {

using cofi::kernels::NormalEquations;

class Block final : public RowSolver {
 public:
  Block(const OtherSide& other, std::int64_t size)
      : other_(other),
        size_(std::min(size, other.table.width)),
        whole_(size_),
        last_(std::max<std::int64_t>(other.table.width % size_, 1)),
        slope_(static_cast<std::size_t>(other.table.stride)),
        base_(static_cast<std::size_t>(size_ * whole_.stride())),
        step_(static_cast<std::size_t>(whole_.stride())) {}

  void solve(cofi::View<cofi::SparseRows::Entry> row, double penalty, float* x) override {
    const std::int64_t width = other_.table.width, stride = other_.table.stride;
    predictions_.resize(row.size());
    for (std::size_t n = 0; n < row.size(); ++n) {
      predictions_[n] = cofi::kernels::dot(other_.table.row(row.data()[n].id), x, stride);
    }
    for (std::int64_t f = 0; f < width; ++f) {
      slope_[static_cast<std::size_t>(f)] =
          cofi::kernels::dot(other_.gram.data() + f * stride, x, stride);
    }
    for (std::int64_t first = 0; first < width; first += size_) {
      solve_block(row, first, penalty, x);
    }
  }

 private:
  // Newton's step for the factors from `first` on, which is their minimum: the loss is quadratic.
  void solve_block(cofi::View<cofi::SparseRows::Entry> row, std::int64_t first, double penalty,
                   float* x) {
    const std::int64_t stride = other_.table.stride;
    const std::int64_t count = std::min(size_, other_.table.width - first);
    NormalEquations& equations = count == size_ ? whole_ : last_;
    std::fill(base_.begin(), base_.end(), 0.0F);
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(other_.gram.data() + (first + i) * stride + first, count,
                  base_.data() + i * equations.stride());
    }
    equations.start(base_.data());
    for (std::size_t n = 0; n < row.size(); ++n) {
      const auto& entry = row.data()[n];
      equations.add(other_.table.row(entry.id) + first, entry.value,
                    other_.unobserved_weight + entry.value - entry.value * predictions_[n]);
    }
    for (std::int64_t i = 0; i < count; ++i) {
      step_[static_cast<std::size_t>(i)] = std::fma(static_cast<float>(penalty), x[first + i],
                                                    slope_[static_cast<std::size_t>(first + i)]);
    }
    equations.add(step_.data(), 0, -1);
    equations.penalize(0, count, penalty);
    equations.solve(step_.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const float step = step_[static_cast<std::size_t>(i)];
      x[first + i] += step;
      const float* gram = other_.gram.data() + (first + i) * stride;
      for (std::size_t f = 0; f < slope_.size(); ++f)
        slope_[f] = std::fma(step, gram[f], slope_[f]);
    }
    for (std::size_t n = 0; n < row.size(); ++n) {
      const float* y = other_.table.row(row.data()[n].id) + first;
      float change = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        change = std::fma(step_[static_cast<std::size_t>(i)], y[i], change);
      }
      predictions_[n] += change;
    }
  }

  const OtherSide& other_;
  std::int64_t size_;
  NormalEquations whole_, last_;    // of a block, and of what is left of the width
  std::vector<float> predictions_;  // [entries] y . x
  std::vector<float> slope_;        // [stride] gram x
  std::vector<float> base_, step_;  // scratch of one block
};

}  // namespace

std::unique_ptr<RowSolver> block(const OtherSide& other, std::int64_t size) {
  return std::make_unique<Block>(other, size);
}

}  // namespace ials
