#include "sequential.hpp"

#include <algorithm>
#include <cmath>

#include "cofi/kernels/factors.hpp"

namespace time_svdpp {
namespace {

// base^n for n >= 0 by squaring: the same bits on every machine.
float power(float base, std::size_t n) {
  float result = 1;
  for (; n > 0; n /= 2, base *= base) {
    if (n % 2 == 1) result *= base;
  }
  return result;
}

// The steps of one pass.
class Pass {
 public:
  Pass(const Tables& tables, const TrainingRatings& ratings, const Penalties& penalties,
       const cofi::SgdPass& pass)
      : tables_(tables),
        ratings_(ratings),
        penalties_(penalties),
        rate_(static_cast<float>(pass.learning_rate)),
        loss_(pass.loss),
        random_(pass.random.stream("ratings")),
        implicit_(static_cast<std::size_t>(tables.stride())),
        implicit_gradient_(implicit_.size()) {}

  double visit(std::int32_t user, cofi::View<cofi::SparseRows::Entry> rated) {
    const auto first = ratings_.starts[static_cast<std::size_t>(user)];
    const auto count = ratings_.starts[static_cast<std::size_t>(user) + 1] - first;
    if (count == 0) return 0;
    implicit_sum(tables_, rated, implicit_.data());
    std::fill(implicit_gradient_.begin(), implicit_gradient_.end(), 0.0F);
    double loss = 0;
    cofi::Random own = random_.stream(static_cast<std::uint64_t>(user));
    for (const std::int32_t n : own.permutation(static_cast<std::int32_t>(count))) {
      loss += step(user, static_cast<std::size_t>(first + n));
    }
    step_implicit(rated, static_cast<std::size_t>(count));
    return loss;
  }

 private:
  double step(std::int32_t user, std::size_t n) {
    const std::int32_t item = ratings_.items[n];
    const Moment moment = ratings_.moment(n);
    user_side(tables_, user, moment, implicit_.data(), side_);
    const float item_bias = tables_.item_bias(item, moment);
    const float* q = tables_.factors(kItemFactors, item);
    const float error = side_.bias + side_.scale * item_bias +
                        cofi::kernels::dot(q, side_.factors.data(), tables_.stride()) -
                        ratings_.values[n];
    const float slope = loss_.slope(error);

    step_bias(kUserBias, user, slope);
    step_bias(kUserDrift, user, slope * moment.deviation);
    step_bias(kUserScale, user, slope * item_bias);
    step_bias(kItemBias, item, slope * side_.scale);
    if (moment.bin >= 0) {
      step_bias(kItemBinBias, item * tables_.bins + moment.bin, slope * side_.scale);
    }
    for (std::size_t k = 0; k < moment.windows.size(); ++k) {
      step_bias(kWindowBias + k, moment.windows.data()[k], slope);
    }
    if (!moment.windows.empty()) {
      step_bias(kWindowScale, moment.windows[0], slope * item_bias);
      step_factors(kWindowFactors, moment.windows[0], slope, q);
    }
    step_factors(kUserFactorDrift, user, slope * moment.deviation, q);
    step_factors(kUserFactors, user, slope, q);
    for (std::size_t c = 0; c < implicit_gradient_.size(); ++c) {
      implicit_gradient_[c] = std::fma(slope, q[c], implicit_gradient_[c]);
    }
    step_factors(kItemFactors, item, slope, side_.factors.data());
    return loss_.value(error);
  }

  void step_bias(std::size_t part, std::int64_t row, float gradient) {
    if (!tables_.has(part)) return;
    float& value = tables_.bias(part, row);
    value -= rate_ * (gradient + penalties_[part][static_cast<std::size_t>(row)] * value);
  }

  // The row's gradient is slope times the other side.
  void step_factors(std::size_t part, std::int64_t row, float slope,
                    const float* __restrict other) {
    if (!tables_.has(part)) return;
    float* __restrict values = tables_.factors(part, row);
    const float penalty = penalties_[part][static_cast<std::size_t>(row)];
    const std::int64_t width = tables_.stride();
    for (std::int64_t c = 0; c < width; ++c) {
      values[c] -= rate_ * (slope * other[c] + penalty * values[c]);
    }
  }

  void step_implicit(cofi::View<cofi::SparseRows::Entry> rated, std::size_t count) {
    const float rate = rate_ / std::sqrt(static_cast<float>(rated.size()));
    for (const auto& entry : rated) {
      const float penalty = penalties_[kImplicitFactors][static_cast<std::size_t>(entry.id)];
      const float shrink = power(1 - rate_ * penalty, count);
      float* __restrict y = tables_.factors(kImplicitFactors, entry.id);
      for (std::size_t c = 0; c < implicit_gradient_.size(); ++c) {
        y[c] = shrink * y[c] - rate * implicit_gradient_[c];
      }
    }
  }

  const Tables& tables_;
  const TrainingRatings& ratings_;
  const Penalties& penalties_;
  float rate_;
  const cofi::PointwiseLoss& loss_;
  cofi::Random random_;
  std::vector<float> implicit_, implicit_gradient_;  // [stride]; of the user who is visited
  UserSide side_;
};

}  // namespace

TrainingRatings::TrainingRatings(const cofi::Interactions& train, std::int32_t users,
                                 const TimeFeatures& times) {
  cofi::Grouping by_user = cofi::group_by(train.users, users);
  starts = std::move(by_user.starts);
  std::vector<std::int32_t> own;
  for (const std::int32_t row : by_user.rows) {
    const auto at = static_cast<std::size_t>(row);
    items.push_back(train.items[at]);
    values.push_back(train.values[at]);
    const Moment moment = times.any() ? times.at(train.users[at], train.times[at], own) : Moment();
    bins.push_back(moment.bin);
    deviations.push_back(moment.deviation);
    windows.insert(windows.end(), moment.windows.begin(), moment.windows.end());
  }
}

Moment TrainingRatings::moment(std::size_t n) const {
  const std::size_t lengths = windows.size() / items.size();
  return {bins[n], deviations[n], {windows.data() + n * lengths, lengths}};
}

Penalties inverse_roots(const Tables& tables, const TrainingRatings& ratings, std::int32_t items,
                        const TimeFeatures& times) {
  const std::size_t users = ratings.starts.size() - 1;
  Penalties counts(tables.parts.size());
  counts[kUserBias].resize(users);
  counts[kItemBias].resize(static_cast<std::size_t>(items));
  counts[kItemBinBias].resize(static_cast<std::size_t>(items * tables.bins));
  for (std::size_t k = 0; kWindowBias + k < counts.size(); ++k) {
    counts[kWindowBias + k].resize(static_cast<std::size_t>(times.window_rows(k)));
  }
  for (std::size_t user = 0; user < users; ++user) {
    counts[kUserBias][user] = static_cast<float>(ratings.starts[user + 1] - ratings.starts[user]);
  }
  for (std::size_t n = 0; n < ratings.items.size(); ++n) {
    const Moment moment = ratings.moment(n);
    const auto item = ratings.items[n];
    ++counts[kItemBias][static_cast<std::size_t>(item)];
    if (moment.bin >= 0) {
      ++counts[kItemBinBias][static_cast<std::size_t>(item * tables.bins + moment.bin)];
    }
    for (std::size_t k = 0; k < moment.windows.size(); ++k) {
      ++counts[kWindowBias + k][static_cast<std::size_t>(moment.windows[k])];
    }
  }
  for (std::vector<float>& part : counts) {
    for (float& count : part) count = count > 0 ? 1 / std::sqrt(count) : 0;
  }
  for (const Part part : {kUserDrift, kUserScale, kUserFactors, kUserFactorDrift}) {
    counts[part] = counts[kUserBias];
  }
  for (const Part part : {kItemFactors, kImplicitFactors}) counts[part] = counts[kItemBias];
  if (counts.size() > kWindowBias) {
    for (const Part part : {kWindowScale, kWindowFactors}) counts[part] = counts[kWindowBias];
  }
  return counts;
}

double sequential_pass(const Tables& tables, const TrainingRatings& ratings,
                       const cofi::SparseRows& rated, const Penalties& penalties,
                       const cofi::SgdPass& pass) {
  Pass steps(tables, ratings, penalties, pass);
  double loss = 0;
  cofi::Random random = pass.random.stream("users");
  for (const std::int32_t user : random.permutation(rated.size())) {
    loss += steps.visit(user, rated.row(user));
  }
  return loss;
}

}  // namespace time_svdpp
