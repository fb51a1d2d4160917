#include "cofi/kernels/rmsprop.hpp"

#include <algorithm>
#include <cmath>

namespace cofi::kernels {
namespace {

struct Factors {
  float rate, decay, alpha, rest, momentum, eps;
};

// Where the parameter's arrays start; the optional ones are null where the rule has none.
struct Arrays {
  float *value, *gradient, *square, *velocity, *mean;
};

template <bool kTouched, bool kMomentum, bool kCentered>
void update(const Arrays& arrays, std::int64_t at, std::int64_t count, const Factors f) {
  float* __restrict value = arrays.value + at;
  float* __restrict gradient = arrays.gradient + at;
  float* __restrict square = arrays.square + at;
  float* __restrict velocity = kMomentum ? arrays.velocity + at : nullptr;
  float* __restrict mean = kCentered ? arrays.mean + at : nullptr;
  for (std::int64_t k = 0; k < count; ++k) {
    float g = f.decay * value[k];
    if constexpr (kTouched) {
      g += gradient[k];
      gradient[k] = 0;
    }
    const float s = f.alpha * square[k] + f.rest * g * g;
    square[k] = s;
    float spread = s;
    if constexpr (kCentered) {
      const float m = f.alpha * mean[k] + f.rest * g;
      mean[k] = m;
      // Never negative but for rounding, of which LibTorch makes a NaN.
      spread = std::max(s - m * m, 0.0F);
    }
    float step = g / (std::sqrt(spread) + f.eps);
    if constexpr (kMomentum) {
      step = f.momentum * velocity[k] + step;
      velocity[k] = step;
    }
    value[k] -= f.rate * step;
  }
}

template <bool kMomentum, bool kCentered>
void walk(const Rmsprop& rule, const Arrays& arrays, const at::Tensor& value, const Factors& f,
          const StepContext& context) {
  walk_rows(value, context, !rule.lazy, [&](std::int64_t at, std::int64_t count, bool touched) {
    touched ? update<true, kMomentum, kCentered>(arrays, at, count, f)
            : update<false, kMomentum, kCentered>(arrays, at, count, f);
  });
}

}  // namespace

void rmsprop(const Rmsprop& rule, at::Tensor& value, at::Tensor& gradient,
             std::vector<at::Tensor>& state, const StepContext& context) {
  const Factors factors = {static_cast<float>(context.learning_rate),
                           static_cast<float>(context.weight_decay),
                           static_cast<float>(rule.alpha),
                           static_cast<float>(1 - rule.alpha),
                           static_cast<float>(rule.momentum),
                           static_cast<float>(rule.eps)};
  const bool momentum = rule.momentum != 0;
  const Arrays arrays = {value.data_ptr<float>(), gradient.data_ptr<float>(),
                         state[0].data_ptr<float>(),
                         momentum ? state[1].data_ptr<float>() : nullptr,
                         rule.centered ? state.back().data_ptr<float>() : nullptr};
  if (momentum) {
    rule.centered ? walk<true, true>(rule, arrays, value, factors, context)
                  : walk<true, false>(rule, arrays, value, factors, context);
  } else {
    rule.centered ? walk<false, true>(rule, arrays, value, factors, context)
                  : walk<false, false>(rule, arrays, value, factors, context);
  }
}

void rmsprop_with_torch(const Rmsprop& rule, at::Tensor& value, at::Tensor& gradient,
                        std::vector<at::Tensor>& state, const StepContext& context) {
  const auto rule_of = [&](at::Tensor& p, const at::Tensor& batch, std::vector<at::Tensor>& s) {
    const at::Tensor g = context.weight_decay == 0 ? batch : batch.add(p, context.weight_decay);
    s[0].mul_(rule.alpha).addcmul_(g, g, 1 - rule.alpha);
    at::Tensor spread = s[0];
    if (rule.centered) {
      s.back().mul_(rule.alpha).add_(g, 1 - rule.alpha);
      spread = spread.addcmul(s.back(), s.back(), -1).clamp_min_(0);
    }
    const at::Tensor scale = spread.sqrt().add_(rule.eps);
    if (rule.momentum == 0) {
      p.addcdiv_(g, scale, -context.learning_rate);
    } else {
      s[1].mul_(rule.momentum).addcdiv_(g, scale);
      p.add_(s[1], -context.learning_rate);
    }
  };
  step_with_torch(value, gradient, state, context, rule.lazy, rule_of);
}

}  // namespace cofi::kernels
