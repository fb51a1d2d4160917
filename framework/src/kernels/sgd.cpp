#include "cofi/kernels/sgd.hpp"

namespace cofi::kernels {
namespace {

struct Factors {
  float rate, decay, momentum, fresh;
  float ahead, along;  // of gradient and velocity in the step: Nesterov's, or the velocity alone
};

// LibTorch starts the velocity with the whole first gradient, undampened.
double fresh_of(const Sgd& rule, const StepContext& context) {
  return context.step == 1 ? 1 : 1 - rule.dampening;
}

template <bool kTouched>
void plain(float* __restrict value, float* __restrict gradient, std::int64_t count,
           const Factors f) {
  for (std::int64_t k = 0; k < count; ++k) {
    float g = f.decay * value[k];
    if constexpr (kTouched) {
      g += gradient[k];
      gradient[k] = 0;
    }
    value[k] -= f.rate * g;
  }
}

template <bool kTouched>
void with_momentum(float* __restrict value, float* __restrict gradient, float* __restrict velocity,
                   std::int64_t count, const Factors f) {
  for (std::int64_t k = 0; k < count; ++k) {
    float g = f.decay * value[k];
    if constexpr (kTouched) {
      g += gradient[k];
      gradient[k] = 0;
    }
    const float v = f.momentum * velocity[k] + f.fresh * g;
    velocity[k] = v;
    value[k] -= f.rate * (f.ahead * g + f.along * v);
  }
}

}  // namespace

void sgd(const Sgd& rule, at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
         const StepContext& context) {
  const Factors factors = {static_cast<float>(context.learning_rate),
                           static_cast<float>(context.weight_decay),
                           static_cast<float>(rule.momentum),
                           static_cast<float>(fresh_of(rule, context)),
                           rule.nesterov ? 1.0F : 0.0F,
                           rule.nesterov ? static_cast<float>(rule.momentum) : 1.0F};
  float *p = value.data_ptr<float>(), *g = gradient.data_ptr<float>();
  if (rule.momentum == 0) {
    const bool untouched = !rule.lazy && context.weight_decay != 0;  // else they stay as they are
    walk_rows(value, context, untouched, [&](std::int64_t at, std::int64_t count, bool touched) {
      touched ? plain<true>(p + at, g + at, count, factors)
              : plain<false>(p + at, nullptr, count, factors);
    });
    return;
  }
  float* v = state[0].data_ptr<float>();
  walk_rows(value, context, !rule.lazy, [&](std::int64_t at, std::int64_t count, bool touched) {
    touched ? with_momentum<true>(p + at, g + at, v + at, count, factors)
            : with_momentum<false>(p + at, nullptr, v + at, count, factors);
  });
}

void sgd_with_torch(const Sgd& rule, at::Tensor& value, at::Tensor& gradient,
                    std::vector<at::Tensor>& state, const StepContext& context) {
  const auto rule_of = [&](at::Tensor& p, const at::Tensor& batch, std::vector<at::Tensor>& s) {
    at::Tensor g = batch;
    if (context.weight_decay != 0) g = g.add(p, context.weight_decay);
    if (rule.momentum != 0) {
      s[0].mul_(rule.momentum).add_(g, fresh_of(rule, context));
      g = rule.nesterov ? g.add(s[0], rule.momentum) : s[0];
    }
    p.add_(g, -context.learning_rate);
  };
  step_with_torch(value, gradient, state, context, rule.lazy, rule_of);
}

}  // namespace cofi::kernels
