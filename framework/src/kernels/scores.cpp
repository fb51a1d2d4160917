#include "cofi/kernels/scores.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cofi::kernels {
namespace {

// Users stand in the lanes: their factors are packed once a call, and what is read of an item is
// its own row.
constexpr std::int64_t kPanel = 16;  // users, a lane each
constexpr std::int64_t kTile = 4;    // items that share a pass over a panel
constexpr std::int64_t kBlock = 16;  // items whose sums are written together: a line of a user's

// panels[p][f][lane] = factor f of user p * kPanel + lane; zeros for unknown users and beyond the
// last.
std::vector<float> pack(const RowTable& table, View<std::int32_t> users) {
  const std::size_t lanes = kPanel, width = static_cast<std::size_t>(table.width);
  std::vector<float> panels((users.size() + lanes - 1) / lanes * lanes * width);
  for (std::size_t n = 0; n < users.size(); ++n) {
    if (users[n] < 0) continue;
    const float* row = table.row(users[n]);
    float* lane = panels.data() + n / lanes * lanes * width + n % lanes;
    for (std::size_t f = 0; f < width; ++f) lane[f * lanes] = row[f];
  }
  return panels;
}

void add_scaled(float weight, const float* users, float* sums) {
  for (std::int64_t lane = 0; lane < kPanel; ++lane) {
    sums[lane] = std::fma(weight, users[lane], sums[lane]);
  }
}

// sums[t][lane] = item t's factors times those of the panel's user. Each item's sums are an array
// of their own, so that GCC keeps all in registers; eight of them are what two FMA units with a
// latency of four keep under way.
void multiply(const float* const (&items)[kTile], const float* panel, std::int64_t width,
              float* sums) {
  float first[kPanel] = {}, second[kPanel] = {}, third[kPanel] = {}, fourth[kPanel] = {};
  for (std::int64_t f = 0; f < width; ++f) {
    const float* users = panel + f * kPanel;
    add_scaled(items[0][f], users, first);
    add_scaled(items[1][f], users, second);
    add_scaled(items[2][f], users, third);
    add_scaled(items[3][f], users, fourth);
  }
  std::copy(first, first + kPanel, sums);
  std::copy(second, second + kPanel, sums + kPanel);
  std::copy(third, third + kPanel, sums + 2 * kPanel);
  std::copy(fourth, fourth + kPanel, sums + 3 * kPanel);
}

// out[t] = base + bias[t] + sums[t][lane], t < count
void write(const float* sums, float base, const float* bias, std::int64_t count, float* out) {
  if (count == kBlock) {
    for (std::int64_t t = 0; t < kBlock; ++t) out[t] = base + bias[t] + sums[t * kPanel];
  } else {
    for (std::int64_t t = 0; t < count; ++t) out[t] = base + bias[t] + sums[t * kPanel];
  }
}

}  // namespace

void scores(const BiasedFactors& model, View<std::int32_t> users, std::int32_t items, float* out) {
  const std::int64_t width = model.item_factors.width;
  const auto count = static_cast<std::int64_t>(users.size());
  const std::vector<float> panels = pack(model.user_factors, users);
  alignas(64) float sums[kBlock * kPanel];
  for (std::int64_t first = 0; first < items; first += kBlock) {
    const std::int64_t last = std::min<std::int64_t>(first + kBlock, items) - 1;
    for (std::int64_t panel = 0; panel < count; panel += kPanel) {
      for (std::int64_t at = first; at <= last; at += kTile) {
        const float* rows[kTile] = {};
        for (std::int64_t t = 0; t < kTile; ++t) {
          rows[t] = model.item_factors.row(std::min(at + t, last));
        }
        multiply(rows, panels.data() + panel * width, width, sums + (at - first) * kPanel);
      }
      for (std::int64_t n = panel; n < std::min(panel + kPanel, count); ++n) {
        const std::int32_t user = users.data()[n];
        const float base = user < 0 ? model.mean : model.mean + model.user_bias[user];
        write(sums + n - panel, base, model.item_bias + first, last - first + 1,
              out + n * items + first);
      }
    }
  }
}

}  // namespace cofi::kernels
