#include "cofi/kernels/factor_sgd.hpp"

#include <cmath>

#include "cofi/kernels/factors.hpp"

namespace cofi::kernels {
namespace {

// How many ratings ahead rows are asked for.
constexpr std::size_t kAhead = 6;

// sum a[c] b[c], c < 16 Blocks, as kernels::dot adds it up.
template <int Blocks>
float dot_of(const float* a, const float* b) {
  float lanes[kLanes] = {};
  for (int block = 0; block < Blocks; ++block) {
    for (int c = 0; c < kLanes; ++c) {
      lanes[c] = std::fma(a[block * kLanes + c], b[block * kLanes + c], lanes[c]);
    }
  }
  float eight[8], four[4];
  for (int c = 0; c < 8; ++c) eight[c] = lanes[c] + lanes[c + 8];
  for (int c = 0; c < 4; ++c) four[c] = eight[c] + eight[c + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// a and b step from their values before: a = keep_a a - step b, b = keep_b b - step a.
inline void step_rows(float* __restrict a, float* __restrict b, std::int64_t n, float keep_a,
                      float keep_b, float step) {
  for (std::int64_t c = 0; c < n; ++c) {
    const float before_a = a[c], before_b = b[c];
    a[c] = std::fma(-step, before_b, keep_a * before_a);
    b[c] = std::fma(-step, before_a, keep_b * before_b);
  }
}

// Blocks: the row's stride in cache lines where it is known, 0 where it is not.
template <int Blocks>
double steps(const FactorSgd& model, View<FactorRating> ratings) {
  const float rate = model.learning_rate;
  const std::int64_t stride = Blocks > 0 ? Blocks * kLanes : model.user_factors.stride;
  double loss_sum = 0;
  for (std::size_t n = 0; n < ratings.size(); ++n) {
    if (n + kAhead < ratings.size()) {
      const FactorRating& later = ratings[n + kAhead];
      model.user_factors.prefetch(later.user);
      model.item_factors.prefetch(later.item);
    }
    const FactorRating& rating = ratings[n];
    float* p = model.user_factors.row(rating.user);
    float* q = model.item_factors.row(rating.item);
    float& user_bias = model.user_bias[rating.user];
    float& item_bias = model.item_bias[rating.item];
    float product = 0;
    if constexpr (Blocks > 0) {
      product = dot_of<Blocks>(p, q);
    } else {
      product = dot(p, q, stride);
    }
    const float error = model.mean + user_bias + item_bias + product - rating.value;
    loss_sum += model.loss.value(error);
    const float step = rate * model.loss.slope(error);
    const float user_scale = rate * model.user_scale[rating.user];
    const float item_scale = rate * model.item_scale[rating.item];
    user_bias = std::fma(-user_scale * model.reg_user_bias, user_bias, user_bias - step);
    item_bias = std::fma(-item_scale * model.reg_item_bias, item_bias, item_bias - step);
    step_rows(p, q, stride, 1 - user_scale * model.reg_user_factors,
              1 - item_scale * model.reg_item_factors, step);
  }
  return loss_sum;
}

}  // namespace

double sgd_steps(const FactorSgd& model, View<FactorRating> ratings) {
  switch (model.user_factors.stride / kLanes) {
    case 1:
      return steps<1>(model, ratings);
    case 2:
      return steps<2>(model, ratings);
    case 3:
      return steps<3>(model, ratings);
    case 4:
      return steps<4>(model, ratings);
    default:
      return steps<0>(model, ratings);
  }
}

}  // namespace cofi::kernels
