#include "cofi/kernels/ridge.hpp"

#include <algorithm>
#include <cmath>

namespace cofi::kernels {

Ridge::Ridge(std::size_t width) : width_(width), gram_(width * width), right_(width) {}

void Ridge::clear() {
  std::fill(gram_.begin(), gram_.end(), 0.0);
  std::fill(right_.begin(), right_.end(), 0.0);
}

void Ridge::add(const double* row, double target) {
  for (std::size_t i = 0; i < width_; ++i) {
    double* out = gram_.data() + i * width_;
    for (std::size_t j = 0; j <= i; ++j) out[j] += row[i] * row[j];
    right_[i] += row[i] * target;
  }
}

std::vector<double> Ridge::solve(double penalty) const {
  std::vector<double> lower = gram_;
  for (std::size_t i = 0; i < width_; ++i) {
    double* row = lower.data() + i * width_;
    row[i] += penalty;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = lower.data() + j * width_;
      double value = row[j];
      for (std::size_t k = 0; k < j; ++k) value -= row[k] * other[k];
      if (i > j) {
        row[j] = value / other[j];
      } else if (value > 0) {
        row[i] = std::sqrt(value);
      } else {
        throw Error("least squares: ", width_,
                    " unknowns have no single solution with a penalty of ", penalty, "; raise it");
      }
    }
  }
  std::vector<double> x = right_;
  for (std::size_t i = 0; i < width_; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= lower[i * width_ + k] * x[k];
    x[i] /= lower[i * width_ + i];
  }
  for (std::size_t i = width_; i-- > 0;) {
    for (std::size_t k = i + 1; k < width_; ++k) x[i] -= lower[k * width_ + i] * x[k];
    x[i] /= lower[i * width_ + i];
  }
  return x;
}

}  // namespace cofi::kernels
