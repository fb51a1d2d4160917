#include "train/clip.hpp"

#include <cmath>

#include "cofi/kernels/step.hpp"

namespace cofi::train {
namespace {

double squares(const float* values, std::int64_t count) {
  // Lanes of a fixed number, so that the sum vectorises without depending on the machine.
  constexpr std::int64_t kLanes = 8;
  double lanes[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[k + lane];
      lanes[lane] += value * value;
    }
  }
  for (; k < count; ++k) lanes[k % kLanes] += static_cast<double>(values[k]) * values[k];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

// body(row's values, cols) for the rows [begin, end) of those that may differ from zero.
template <class Body>
void each_row(const GradientRows& gradient, std::int64_t begin, std::int64_t end,
              const Body& body) {
  const kernels::RowLayout layout = kernels::row_layout(gradient.gradient);
  float* values = gradient.gradient.data_ptr<float>();
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t row = gradient.all_rows ? k : gradient.rows.data()[k];
    body(values + row * layout.stride, layout.cols);
  }
}

struct Rows {
  std::int64_t count, grain;
};
Rows rows_of(const GradientRows& gradient) {
  const kernels::RowLayout layout = kernels::row_layout(gradient.gradient);
  const auto touched = static_cast<std::int64_t>(gradient.rows.size());
  return {gradient.all_rows ? layout.rows : touched,
          std::max<std::int64_t>(1, kernels::kStepBlock / std::max<std::int64_t>(1, layout.cols))};
}

double sum_of_squares(const GradientRows& gradient, const ThreadPool& pool) {
  if (!gradient.gradient.is_cpu()) {
    return gradient.gradient.to(at::kDouble).square().sum().item<double>();
  }
  const Rows rows = rows_of(gradient);
  return parallel_reduce(
      pool, rows.count, rows.grain, 0.0,
      [&](std::int64_t begin, std::int64_t end) {
        double sum = 0;
        each_row(gradient, begin, end,
                 [&](const float* row, std::int64_t cols) { sum += squares(row, cols); });
        return sum;
      },
      [](double a, double b) { return a + b; });
}

void scale(const GradientRows& gradient, double factor, const ThreadPool& pool) {
  if (!gradient.gradient.is_cpu()) {
    gradient.gradient.mul_(factor);
    return;
  }
  const Rows rows = rows_of(gradient);
  const auto by = static_cast<float>(factor);
  parallel_for(pool, rows.count, rows.grain, [&](std::int64_t begin, std::int64_t end) {
    each_row(gradient, begin, end, [&](float* row, std::int64_t cols) {
      for (std::int64_t k = 0; k < cols; ++k) row[k] *= by;
    });
  });
}

}  // namespace

double clip_norm(const std::vector<GradientRows>& gradients, double most, const ThreadPool& pool) {
  double sum = 0;
  for (const GradientRows& gradient : gradients) sum += sum_of_squares(gradient, pool);
  const double norm = std::sqrt(sum), factor = most / (norm + 1e-6);
  if (factor < 1) {
    for (const GradientRows& gradient : gradients) scale(gradient, factor, pool);
  }
  return norm;
}

}  // namespace cofi::train
