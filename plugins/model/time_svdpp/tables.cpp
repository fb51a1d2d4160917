#include "tables.hpp"

#include <algorithm>
#include <cmath>

namespace time_svdpp {
namespace {

// out[c] += weight * row[c]
void add_scaled(float weight, const float* __restrict row, std::int64_t n, float* __restrict out) {
  for (std::int64_t c = 0; c < n; ++c) out[c] = std::fma(weight, row[c], out[c]);
}

}  // namespace

float Tables::item_bias(std::int32_t item, const Moment& moment) const {
  if (item < 0) return 0;
  float value = bias(kItemBias, item);
  if (moment.bin >= 0) value += bias(kItemBinBias, item * bins + moment.bin);
  return value;
}

void implicit_sum(const Tables& tables, cofi::View<cofi::SparseRows::Entry> rated, float* out) {
  const std::int64_t n = tables.stride();
  std::fill(out, out + n, 0.0F);
  for (const auto& entry : rated) {
    const float* y = tables.factors(kImplicitFactors, entry.id);
    for (std::int64_t c = 0; c < n; ++c) out[c] += y[c];
  }
  if (rated.empty()) return;
  const float norm = 1 / std::sqrt(static_cast<float>(rated.size()));
  for (std::int64_t c = 0; c < n; ++c) out[c] *= norm;
}

void user_side(const Tables& tables, std::int32_t user, const Moment& moment, const float* implicit,
               UserSide& out) {
  const auto n = static_cast<std::size_t>(tables.stride());
  out.bias = tables.mean;
  out.scale = 1;
  if (user < 0) {
    out.factors.assign(n, 0);
    return;
  }
  const float* factors = tables.factors(kUserFactors, user);
  out.factors.resize(n);
  for (std::size_t c = 0; c < n; ++c) out.factors[c] = factors[c] + implicit[c];

  out.bias += tables.bias(kUserBias, user);
  if (tables.has(kUserScale)) out.scale += tables.bias(kUserScale, user);
  if (tables.has(kUserDrift)) out.bias += tables.bias(kUserDrift, user) * moment.deviation;
  if (tables.has(kUserFactorDrift) && moment.deviation != 0) {
    add_scaled(moment.deviation, tables.factors(kUserFactorDrift, user), tables.stride(),
               out.factors.data());
  }
  for (std::size_t k = 0; k < moment.windows.size(); ++k) {
    const std::int32_t window = moment.windows.data()[k];
    if (window < 0) continue;
    out.bias += tables.bias(kWindowBias + k, window);
    if (k > 0) continue;
    if (tables.has(kWindowScale)) out.scale += tables.bias(kWindowScale, window);
    if (tables.has(kWindowFactors)) {
      add_scaled(1, tables.factors(kWindowFactors, window), tables.stride(), out.factors.data());
    }
  }
}

}  // namespace time_svdpp
