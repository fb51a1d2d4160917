#include "cofi/kernels/scores.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cofi::kernels {
namespace {

constexpr std::int64_t kPanel = 16;  // items whose values are summed together, a lane each
constexpr std::size_t kTile = 4;     // users who share a pass over a panel

// panel[f][lane] = factor f of item first + lane; zeros beyond the last item.
void pack(const RowTable& items, std::int64_t first, std::int64_t count, float* panel) {
  if (count < kPanel) std::fill(panel, panel + items.width * kPanel, 0.0F);
  for (std::int64_t lane = 0; lane < count; ++lane) {
    const float* row = items.row(first + lane);
    for (std::int64_t f = 0; f < items.width; ++f) panel[f * kPanel + lane] = row[f];
  }
}

void add_scaled(float weight, const float* row, float* sums) {
  for (std::int64_t lane = 0; lane < kPanel; ++lane) {
    sums[lane] = std::fma(weight, row[lane], sums[lane]);
  }
}

// sums[t][lane] = user t's factors times the panel's item. Each user's sums are an array of their
// own, so that GCC keeps all in registers.
void multiply(const float* const (&users)[kTile], const float* panel, std::int64_t width,
              float (&sums)[kTile][kPanel]) {
  float first[kPanel] = {}, second[kPanel] = {}, third[kPanel] = {}, fourth[kPanel] = {};
  for (std::int64_t f = 0; f < width; ++f) {
    const float* items = panel + f * kPanel;
    add_scaled(users[0][f], items, first);
    add_scaled(users[1][f], items, second);
    add_scaled(users[2][f], items, third);
    add_scaled(users[3][f], items, fourth);
  }
  std::copy(first, first + kPanel, sums[0]);
  std::copy(second, second + kPanel, sums[1]);
  std::copy(third, third + kPanel, sums[2]);
  std::copy(fourth, fourth + kPanel, sums[3]);
}

void write(const float (&sums)[kPanel], float base, const float* bias, std::int64_t count,
           float* out) {
  if (count == kPanel) {
    for (std::int64_t lane = 0; lane < kPanel; ++lane) out[lane] = base + bias[lane] + sums[lane];
  } else {
    for (std::int64_t lane = 0; lane < count; ++lane) out[lane] = base + bias[lane] + sums[lane];
  }
}

}  // namespace

void scores(const BiasedFactors& model, View<std::int32_t> users, std::int32_t items, float* out) {
  const std::int64_t width = model.item_factors.width;
  const std::vector<float> zeros(static_cast<std::size_t>(width));
  std::vector<float> panel(static_cast<std::size_t>(width * kPanel));
  const auto base_of = [&](std::int32_t user) {
    return user < 0 ? model.mean : model.mean + model.user_bias[user];
  };
  const auto factors_of = [&](std::int32_t user) -> const float* {
    return user < 0 ? zeros.data() : model.user_factors.row(user);
  };
  for (std::int64_t first = 0; first < items; first += kPanel) {
    const std::int64_t count = std::min<std::int64_t>(kPanel, items - first);
    pack(model.item_factors, first, count, panel.data());
    for (std::size_t at = 0; at < users.size(); at += kTile) {
      const std::size_t last = users.size() - 1;
      const float* rows[kTile] = {};
      for (std::size_t t = 0; t < kTile; ++t) {
        rows[t] = factors_of(users.data()[std::min(at + t, last)]);
      }
      float sums[kTile][kPanel];
      multiply(rows, panel.data(), width, sums);
      for (std::size_t t = 0; t < kTile && at + t <= last; ++t) {
        float* row = out + static_cast<std::int64_t>(at + t) * items;
        write(sums[t], base_of(users.data()[at + t]), model.item_bias + first, count, row + first);
      }
    }
  }
}

}  // namespace cofi::kernels
