#include "cofi/kernels/implicit_pass.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "cofi/kernels/factors.hpp"

namespace cofi::kernels {
namespace {

using Entry = SparseRows::Entry;

// How many ratings ahead rows are asked for.
constexpr std::size_t kAhead = 4;

// What a step multiplies with: row = keep * row - rate * the other side's vector.
struct Step {
  float own_keep, own_rate;
  float other_keep, other_rate;
  float implicit_rate;
};

// The row that a pass is at. Each an array of whole cache lines, as are all the others here.
class Current {
 public:
  explicit Current(std::int64_t stride)
      : stride_(stride),
        none_(static_cast<std::size_t>(stride)),
        sum_(none_),
        movement_(none_),
        vector_(none_) {}

  void start(const ImplicitPass& model, std::int32_t row) {
    factors_ = model.own.factors.data != nullptr ? model.own.factors.row(row) : none_.data();
    std::fill(sum_.begin(), sum_.end(), 0.0F);
    std::fill(movement_.begin(), movement_.end(), 0.0F);
    gain_ = 0;
    for (const ImplicitPass::Sets& part : model.sets) {
      part.sets.add_sum(row, sum_.data());
      gain_ += part.sets.gain(row);
    }
    std::transform(sum_.begin(), sum_.end(), factors_, vector_.begin(), std::plus<>());
  }

  const float* vector() const { return vector_.data(); }

  // Steps the row and the other side's factors, whose vector they are plus their sum (nullptr:
  // none).
  void take(const Step& step, const float* sum, float* other) {
    sum == nullptr ? take<false>(step, nullptr, other) : take<true>(step, sum, other);
  }

  // row += weight * what the sets' vectors were moved by, after keeping that much of it
  void move(float keep, float weight, float* __restrict row) const {
    const float* __restrict movement = movement_.data();
    for (std::int64_t at = 0; at < stride_; at += kLanes) {
      for (std::int64_t lane = at; lane < at + kLanes; ++lane) {
        row[lane] = std::fma(weight, movement[lane], keep * row[lane]);
      }
    }
  }

 private:
  template <bool kSum>
  void take(const Step& step, const float* __restrict other_sum, float* __restrict other) {
    float *__restrict factors = factors_, *__restrict movement = movement_.data(),
                      *__restrict vector = vector_.data();
    const float* __restrict sum = sum_.data();
    for (std::int64_t at = 0; at < stride_; at += kLanes) {
      for (std::int64_t lane = at; lane < at + kLanes; ++lane) {
        const float q = other[lane], v = kSum ? q + other_sum[lane] : q;
        const float p = std::fma(-step.own_rate, v, step.own_keep * factors[lane]);
        const float moved = std::fma(-step.implicit_rate, v, movement[lane]);
        other[lane] = std::fma(-step.other_rate, vector[lane], step.other_keep * q);
        factors[lane] = p;
        movement[lane] = moved;
        vector[lane] = std::fma(gain_, moved, p + sum[lane]);
      }
    }
  }

  std::int64_t stride_;
  std::vector<float> none_;
  float* factors_ = nullptr;
  std::vector<float> sum_;       // as it was before the row's first step
  std::vector<float> movement_;  // what the sets' vectors move along
  std::vector<float> vector_;    // factors + sum + gain * movement
  float gain_ = 0;
};

}  // namespace

double implicit_pass(const SgdPass& pass, const ImplicitPass& model) {
  const RowTable &others = model.other.factors, &sums = model.other_sums;
  const bool has_factors = model.own.factors.data != nullptr, has_sums = sums.data != nullptr;
  const auto rate = static_cast<float>(pass.learning_rate);
  const float implicit_rate = rate * model.implicit_rate;
  Current current(others.stride);
  std::vector<float> both(static_cast<std::size_t>(others.stride));
  Random random = pass.random;
  double loss_sum = 0;
  for (const std::int32_t row : random.permutation(model.ratings.size())) {
    const View<Entry> ratings = model.ratings.row(row);
    if (ratings.empty()) continue;
    current.start(model, row);
    float& bias = model.own.bias[row];
    const float bias_keep = 1 - rate * model.own.reg_bias[row];
    const float own_keep = has_factors ? 1 - rate * model.own.reg_factors[row] : 1;
    for (std::size_t n = 0; n < ratings.size(); ++n) {
      if (n + kAhead < ratings.size()) {
        const std::int32_t later = ratings.data()[n + kAhead].id;
        others.prefetch(later);
        if (has_sums) sums.prefetch(later);
      }
      const auto [id, rating] = ratings.data()[n];
      float* other = others.row(id);
      const float *other_vector = other, *other_sum = has_sums ? sums.row(id) : nullptr;
      if (has_sums) {
        std::transform(other, other + others.stride, other_sum, both.begin(), std::plus<>());
        other_vector = both.data();
      }
      float& other_bias = model.other.bias[id];
      const float error = model.mean + bias + other_bias +
                          dot(current.vector(), other_vector, others.stride) - rating;
      loss_sum += pass.loss.value(error);
      const float slope = pass.loss.slope(error);
      bias = bias_keep * bias - rate * slope;
      other_bias = (1 - rate * model.other.reg_bias[id]) * other_bias - rate * slope;
      const Step step{own_keep, has_factors ? rate * slope : 0,
                      1 - rate * model.other.reg_factors[id], rate * slope, implicit_rate * slope};
      current.take(step, other_sum, other);
    }
    const float steps = implicit_rate * static_cast<float>(ratings.size());
    for (const ImplicitPass::Sets& part : model.sets) {
      const float scale = part.sets.scale(row);
      for (const Entry& entry : part.sets.sets->row(row)) {
        current.move(std::max(0.0F, 1 - steps * part.reg[entry.id]),
                     part.sets.weighted ? scale * entry.value : scale,
                     part.sets.vectors.row(entry.id));
      }
    }
  }
  return loss_sum;
}

}  // namespace cofi::kernels
