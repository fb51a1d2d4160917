// The normal distribution in float, by formulas without branches, so that loops over them
// vectorize, and without libm, so that the bits are the same on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cofi/random.hpp"

namespace bayesian {

// The natural logarithm of a normal number above 0, to 2e-7.
inline float log_of(float x) {
  // x = 2^e m, m in [sqrt(1/2), sqrt(2)), and log m = 2 artanh((m - 1) / (m + 1)) by its series.
  constexpr std::uint32_t kRootHalf = 0x3f3504f3;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  const std::int32_t e = static_cast<std::int32_t>(bits - kRootHalf) >> 23;
  bits -= static_cast<std::uint32_t>(e) << 23;
  float m = 0;
  std::memcpy(&m, &bits, sizeof m);
  const float s = (m - 1) / (m + 1), s2 = s * s;
  float series = std::fma(s2, 1.0F / 9, 1.0F / 7);
  series = std::fma(s2, series, 1.0F / 5);
  series = std::fma(s2, series, 1.0F / 3);
  series = std::fma(s2, series, 1.0F);
  constexpr float kLog2 = 0.693147181F;
  return std::fma(static_cast<float>(e), kLog2, 2 * s * series);
}

// exp(x) for x <= 0, to 3e-7 of itself; below -87 as at -87.
inline float exp_of(float x) {
  constexpr float kLog2High = 0.693145752F, kLog2Low = 1.42860677e-6F, kPerLog2 = 1.44269504F;
  const float clamped = std::max(x, -87.0F);
  const auto k = static_cast<std::int32_t>(clamped * kPerLog2 - 0.5F);  // to the nearest
  const auto n = static_cast<float>(k);
  const float r = std::fma(n, -kLog2Low, std::fma(n, -kLog2High, clamped));
  float series = std::fma(r, 1.0F / 5040, 1.0F / 720);
  series = std::fma(r, series, 1.0F / 120);
  series = std::fma(r, series, 1.0F / 24);
  series = std::fma(r, series, 1.0F / 6);
  series = std::fma(r, series, 0.5F);
  series = std::fma(r, series, 1.0F);
  series = std::fma(r, series, 1.0F);
  const std::uint32_t bits = static_cast<std::uint32_t>(k + 127) << 23;
  float power = 0;
  std::memcpy(&power, &bits, sizeof power);
  return series * power;
}

// The probability of less than x, for x down to -12 to 1e-5 of itself: half the complementary error
// function by its Chebyshev fit (Press et al. 1992, "Numerical Recipes", section 6.2, erfcc).
inline float probability_below(float x) {
  constexpr float kRootHalf = 0.707106781F;
  const float z = std::abs(x) * kRootHalf;
  const float t = 1 / std::fma(z, 0.5F, 1.0F);
  float fit = std::fma(t, 0.17087277F, -0.82215223F);
  fit = std::fma(t, fit, 1.48851587F);
  fit = std::fma(t, fit, -1.13520398F);
  fit = std::fma(t, fit, 0.27886807F);
  fit = std::fma(t, fit, -0.18628806F);
  fit = std::fma(t, fit, 0.09678418F);
  fit = std::fma(t, fit, 0.37409196F);
  fit = std::fma(t, fit, 1.00002368F);
  fit = std::fma(t, fit, -1.26551223F);
  const float tail = 0.5F * t * exp_of(std::fma(-0.5F * x, x, fit));
  return x < 0 ? tail : 1 - tail;
}

// The x below which a normal number lies with probability p in (0, 1), to 1e-6 (Wichura 1988,
// algorithm AS 241, PPND7).
inline float quantile(float p) {
  const float q = p - 0.5F;
  const float r = std::fma(q, -q, 0.180625F);
  const float inner =
      q *
      std::fma(r, std::fma(r, std::fma(r, 59.109374720F, 159.29113202F), 50.434271938F),
               3.3871327179F) /
      std::fma(r, std::fma(r, std::fma(r, 67.187563600F, 78.757757664F), 17.895169469F), 1.0F);
  const float s = std::sqrt(-log_of(std::max(std::min(p, 1 - p), 1e-37F)));
  const float near = s - 1.6F, far = s - 5;
  const float middle =
      std::fma(near, std::fma(near, std::fma(near, 0.17023821103F, 1.3067284816F), 2.7568153900F),
               1.4234372777F) /
      std::fma(near, std::fma(near, 0.12021132975F, 0.73700164250F), 1.0F);
  const float outer =
      std::fma(far, std::fma(far, std::fma(far, 0.017337203997F, 0.42868294337F), 3.0812263860F),
               6.6579051150F) /
      std::fma(far, std::fma(far, 0.012258202635F, 0.24197894225F), 1.0F);
  const float tail = s <= 5 ? middle : outer;
  return std::abs(q) <= 0.425F ? inner : q < 0 ? -tail : tail;
}

// A number uniform in (0, 1) from 32 random bits: the middle of one of 2^23 intervals.
inline float uniform_of(std::uint32_t bits) {
  return (static_cast<float>(bits >> 9) + 0.5F) * 0x1.0p-23F;
}

// out[n]: independent normal numbers of mean 0 and deviation 1 (Box and Muller 1958), from
// 32 random bits each.
inline void fill_normal(cofi::Random& random, float* out, std::size_t n) {
  constexpr std::size_t kPairs = 8;
  constexpr float kPi = 3.14159265F;
  // sin(pi x) for |x| <= 1/2.
  const auto sine = [](float x) {
    const float y = kPi * x, y2 = y * y;
    float series = std::fma(y2, -1.0F / 39916800.0F, 1.0F / 362880);
    series = std::fma(y2, series, -1.0F / 5040);
    series = std::fma(y2, series, 1.0F / 120);
    series = std::fma(y2, series, -1.0F / 6);
    return std::fma(y * y2, series, y);
  };
  for (std::size_t first = 0; first < n; first += 2 * kPairs) {
    std::uint32_t radii[kPairs], angles[kPairs];
    for (std::uint32_t& bits : radii) bits = random();
    for (std::uint32_t& bits : angles) bits = random();
    float both[2 * kPairs];
    for (std::size_t k = 0; k < kPairs; ++k) {
      const float radius = std::sqrt(-2 * log_of(uniform_of(radii[k])));
      const float turn = std::fma(uniform_of(angles[k]), 2.0F, -1.0F);  // the angle over pi
      const float size = std::abs(turn);
      both[k] = radius * sine(0.5F - size);
      both[kPairs + k] = radius * std::copysign(sine(std::min(size, 1 - size)), turn);
    }
    std::copy(both, both + std::min(2 * kPairs, n - first), out + first);
  }
}

// A gamma number of shape > 0 and scale 1 (Marsaglia and Tsang 2000, "A simple method for
// generating gamma variables").
inline double draw_gamma(cofi::Random& random, double shape) {
  if (shape < 1) {
    const double boost = std::pow(1 - random.uniform(), 1 / shape);
    return boost * draw_gamma(random, shape + 1);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.normal();
    const double cube = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (cube <= 0) continue;
    if (std::log(1 - random.uniform()) < 0.5 * x * x + d * (1 - cube + std::log(cube))) {
      return d * cube;
    }
  }
}

}  // namespace bayesian
