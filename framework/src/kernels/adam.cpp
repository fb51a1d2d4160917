#include "cofi/kernels/adam.hpp"

#include <ATen/ops/sqrt.h>

#include <cmath>

namespace cofi::kernels {
namespace {

struct Factors {
  float beta1, rest1, beta2, rest2, eps;
  float coupled;    // weight decay in the gradient
  float keep;       // what decoupled weight decay leaves of the value
  float rate;       // the learning rate over the first moment's bias correction
  float root_bias;  // 1 / sqrt of the second moment's bias correction
};

Factors factors_of(const Adam& rule, const StepContext& context) {
  const auto step = static_cast<double>(context.step);
  const double bias1 = 1 - std::pow(rule.beta1, step), bias2 = 1 - std::pow(rule.beta2, step);
  const double decay = context.weight_decay;
  const auto real = [](double x) { return static_cast<float>(x); };
  return {real(rule.beta1),
          real(1 - rule.beta1),
          real(rule.beta2),
          real(1 - rule.beta2),
          real(rule.eps),
          real(rule.decoupled ? 0 : decay),
          real(rule.decoupled ? 1 - context.learning_rate * decay : 1),
          real(context.learning_rate / bias1),
          real(1 / std::sqrt(bias2))};
}

template <bool kTouched>
void update(float* __restrict value, float* __restrict gradient, float* __restrict first,
            float* __restrict second, std::int64_t count, const Factors f) {
  for (std::int64_t k = 0; k < count; ++k) {
    float g = f.coupled * value[k];
    if constexpr (kTouched) {
      g += gradient[k];
      gradient[k] = 0;
    }
    const float m = f.beta1 * first[k] + f.rest1 * g;
    const float v = f.beta2 * second[k] + f.rest2 * g * g;
    first[k] = m;
    second[k] = v;
    value[k] = f.keep * value[k] - f.rate * m / (std::sqrt(v) * f.root_bias + f.eps);
  }
}

}  // namespace

void adam(const Adam& rule, at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
          const StepContext& context) {
  const Factors factors = factors_of(rule, context);
  float *p = value.data_ptr<float>(), *g = gradient.data_ptr<float>();
  float *m = state[0].data_ptr<float>(), *v = state[1].data_ptr<float>();
  walk_rows(value, context, !rule.lazy, [&](std::int64_t at, std::int64_t count, bool touched) {
    touched ? update<true>(p + at, g + at, m + at, v + at, count, factors)
            : update<false>(p + at, nullptr, m + at, v + at, count, factors);
  });
}

void adam_with_torch(const Adam& rule, at::Tensor& value, at::Tensor& gradient,
                     std::vector<at::Tensor>& state, const StepContext& context) {
  const auto step = static_cast<double>(context.step);
  const double bias1 = 1 - std::pow(rule.beta1, step), bias2 = 1 - std::pow(rule.beta2, step);
  const auto rule_of = [&](at::Tensor& p, const at::Tensor& batch, std::vector<at::Tensor>& s) {
    at::Tensor g = batch;
    if (rule.decoupled) {
      p.mul_(1 - context.learning_rate * context.weight_decay);
    } else if (context.weight_decay != 0) {
      g = g.add(p, context.weight_decay);
    }
    s[0].mul_(rule.beta1).add_(g, 1 - rule.beta1);
    s[1].mul_(rule.beta2).addcmul_(g, g, 1 - rule.beta2);
    const at::Tensor scale = s[1].sqrt().div_(std::sqrt(bias2)).add_(rule.eps);
    p.addcdiv_(s[0], scale, -context.learning_rate / bias1);
  };
  step_with_torch(value, gradient, state, context, rule.lazy, rule_of);
}

}  // namespace cofi::kernels
