// The normal distribution that a table's rows come from, with its Gaussian-Wishart hyperprior.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/random.hpp"

#include "gaussian.hpp"
#include "normal.hpp"

namespace bayesian {

struct Prior {
  std::vector<double> mean;       // [stride]
  std::vector<double> precision;  // [width x stride] symmetric, zero in columns from width on
};

// Draws mean and precision given these rows of the table, with the hyperprior
//   precision ~ Wishart(I, width degrees of freedom), mean ~ N(0, (2 precision)^-1)
// (Salakhutdinov and Mnih 2008, equation 14, with their constants).
inline Prior draw_prior(const RowTable& table, cofi::View<std::int32_t> rows, cofi::Random random) {
  constexpr double kStrength = 2;  // beta_0: how many rows the mean's prior is worth
  const auto width = static_cast<std::size_t>(table.width);
  const auto stride = static_cast<std::size_t>(table.stride);
  const auto count = static_cast<double>(rows.size());

  // W*^-1 = I + sum of x x' - (beta_0 + n) mu* mu*', mu* = sum of x / (beta_0 + n).
  Prior prior{std::vector<double>(stride), std::vector<double>(width * stride)};
  std::vector<double> scatter(width * stride);
  for (const std::int32_t id : rows) {
    const float* row = table.row(id);
    for (std::size_t r = 0; r < width; ++r) {
      prior.mean[r] += row[r];
      const double factor = row[r];
      for (std::size_t c = 0; c < stride; ++c) scatter[r * stride + c] += factor * row[c];
    }
  }
  for (double& value : prior.mean) value /= kStrength + count;
  for (std::size_t r = 0; r < width; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      scatter[r * stride + c] -= (kStrength + count) * prior.mean[r] * prior.mean[c];
    }
    scatter[r * stride + r] += 1;
  }

  // Bartlett's decomposition: with U'U = W*^-1 and B lower triangular, B_ii^2 chi-squared of
  // nu* - i degrees of freedom and normal below, M M' with M = U^-1 B is a Wishart(W*, nu*) draw.
  factorize(scatter.data(), table.width, table.stride);
  std::vector<double> factor(width * stride);
  for (std::size_t r = 0; r < width; ++r) {
    const double freedom = static_cast<double>(width) + count - static_cast<double>(r);
    for (std::size_t c = 0; c < r; ++c) factor[r * stride + c] = random.normal();
    factor[r * stride + r] = std::sqrt(2 * draw_gamma(random, freedom / 2));
  }
  for (std::size_t r = width; r-- > 0;) {
    const double* root = scatter.data() + r * stride;
    double* row = factor.data() + r * stride;
    for (std::size_t k = r + 1; k < width; ++k) {
      for (std::size_t c = 0; c < stride; ++c) row[c] -= root[k] * factor[k * stride + c];
    }
    for (std::size_t c = 0; c < stride; ++c) row[c] /= root[r];
  }
  for (std::size_t r = 0; r < width; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      double sum = 0;
      for (std::size_t k = 0; k < width; ++k) {
        sum += factor[r * stride + k] * factor[c * stride + k];
      }
      prior.precision[r * stride + c] = sum;
    }
  }

  std::vector<double> root = prior.precision, offset(stride);
  std::vector<float> noise(stride);
  factorize(root.data(), table.width, table.stride);
  fill_normal(random, noise.data(), width);
  step(root.data(), table.width, table.stride, noise.data(), offset.data());
  for (std::size_t r = 0; r < width; ++r) {
    prior.mean[r] += offset[r] / std::sqrt(kStrength + count);
  }
  return prior;
}

}  // namespace bayesian
