#include "cofi/kernels/adagrad.hpp"

#include <cmath>

namespace cofi::kernels {
namespace {

struct Factors {
  float rate, decay, initial, eps;
};

double rate_of(const Adagrad& rule, const StepContext& context) {
  return context.learning_rate / (1 + static_cast<double>(context.step - 1) * rule.lr_decay);
}

template <bool kTouched>
void update(float* __restrict value, float* __restrict gradient, float* __restrict sum,
            std::int64_t count, const Factors f) {
  for (std::int64_t k = 0; k < count; ++k) {
    float g = f.decay * value[k];
    if constexpr (kTouched) {
      g += gradient[k];
      gradient[k] = 0;
    }
    const float s = sum[k] + g * g;
    sum[k] = s;
    value[k] -= f.rate * g / (std::sqrt(s + f.initial) + f.eps);
  }
}

}  // namespace

void adagrad(const Adagrad& rule, at::Tensor& value, at::Tensor& gradient,
             std::vector<at::Tensor>& state, const StepContext& context) {
  const Factors factors = {
      static_cast<float>(rate_of(rule, context)), static_cast<float>(context.weight_decay),
      static_cast<float>(rule.initial_accumulator), static_cast<float>(rule.eps)};
  float *p = value.data_ptr<float>(), *g = gradient.data_ptr<float>();
  float* s = state[0].data_ptr<float>();
  const bool untouched = !rule.lazy && context.weight_decay != 0;  // else they stay as they are
  walk_rows(value, context, untouched, [&](std::int64_t at, std::int64_t count, bool touched) {
    touched ? update<true>(p + at, g + at, s + at, count, factors)
            : update<false>(p + at, nullptr, s + at, count, factors);
  });
}

void adagrad_with_torch(const Adagrad& rule, at::Tensor& value, at::Tensor& gradient,
                        std::vector<at::Tensor>& state, const StepContext& context) {
  const auto rule_of = [&](at::Tensor& p, const at::Tensor& batch, std::vector<at::Tensor>& s) {
    const at::Tensor g = context.weight_decay == 0 ? batch : batch.add(p, context.weight_decay);
    s[0].addcmul_(g, g);
    const at::Tensor scale = s[0].add(rule.initial_accumulator).sqrt_().add_(rule.eps);
    p.addcdiv_(g, scale, -rate_of(rule, context));
  };
  step_with_torch(value, gradient, state, context, rule.lazy, rule_of);
}

}  // namespace cofi::kernels
