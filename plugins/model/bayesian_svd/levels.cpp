#include "levels.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "normal.hpp"

namespace bayesian {
namespace {

constexpr std::int64_t kLevelGrain = 1024;  // ratings of a block
constexpr float kNowhere = 1e9F;            // the cutpoints beyond the last
constexpr float kLeast = 1e-37F;            // the least probability that is told from 0

// The interval's probability under N(0, 1), its ends turned to where the tail is small.
struct Interval {
  Interval(float from, float to) : turned(from + to > 0) {
    low = turned ? -to : from;
    high = turned ? -from : to;
    below = probability_below(low);
    inside = probability_below(high) - below;
  }
  bool turned;
  float low, high, below, inside;
};

float low_of(const std::vector<float>& cutpoints, std::size_t level) {
  return level == 0 ? -kNowhere : cutpoints[level - 1];
}

float high_of(const std::vector<float>& cutpoints, std::size_t level) {
  return level == cutpoints.size() ? kNowhere : cutpoints[level];
}

}  // namespace

void Levels::prepare(cofi::View<float> values) {
  constexpr std::size_t kMost = 64;
  levels_.assign(values.begin(), values.end());
  std::sort(levels_.begin(), levels_.end());
  levels_.erase(std::unique(levels_.begin(), levels_.end()), levels_.end());
  if (levels_.size() < 2 || levels_.size() > kMost) {
    throw cofi::Error("model/bayesian_svd with response: probit needs 2 to ", kMost,
                      " distinct ratings, and the training data has ", levels_.size(),
                      "; use response: gaussian");
  }
  std::vector<std::int32_t> ids;
  for (const float value : values) {
    const auto found = std::lower_bound(levels_.begin(), levels_.end(), value);
    ids.push_back(static_cast<std::int32_t>(found - levels_.begin()));
  }
  ratings_ = cofi::group_by(ids, static_cast<std::int32_t>(levels_.size()));
  cutpoints_.clear();
  for (std::size_t k = 0; k + 1 < levels_.size(); ++k) {
    cutpoints_.push_back((levels_[k] + levels_[k + 1]) / 2);
  }
}

double Levels::initial_noise() const {
  const double gap = (levels_.back() - levels_.front()) / static_cast<double>(levels_.size() - 1);
  return 1 / (gap * gap);
}

double Levels::log_likelihood(std::size_t level, float low, float high, const float* model,
                              float scale, const cofi::ThreadPool& pool) const {
  const cofi::View<std::int32_t> rows = ratings_.group(static_cast<std::int32_t>(level));
  return cofi::parallel_reduce(
      pool, static_cast<std::int64_t>(rows.size()), kLevelGrain, 0.0,
      [&](std::int64_t begin, std::int64_t end) {
        float logs[kLevelGrain];
        for (std::int64_t n = begin; n < end; ++n) logs[n - begin] = model[rows.data()[n]];
        for (std::int64_t n = 0; n < end - begin; ++n) {
          const Interval interval((low - logs[n]) * scale, (high - logs[n]) * scale);
          logs[n] = log_of(std::max(interval.inside, kLeast));
        }
        double sum = 0;
        for (std::int64_t n = 0; n < end - begin; ++n) sum += logs[n];
        return sum;
      },
      std::plus<>());
}

void Levels::draw(const float* model, double noise, const cofi::Random& random,
                  const cofi::ThreadPool& pool, float* latent) {
  const auto scale = static_cast<float>(std::sqrt(noise));
  cofi::Random moves = random.stream("cutpoints");
  for (std::size_t k = 1; k + 1 < cutpoints_.size(); ++k) {
    // About 2.4 deviations of the cutpoint given the rest: the best length in one dimension.
    const auto near = static_cast<double>(ratings_.group(static_cast<std::int32_t>(k)).size() +
                                          ratings_.group(static_cast<std::int32_t>(k + 1)).size());
    const double length = 2.4 / (scale * std::sqrt(near));
    const auto moved = static_cast<float>(cutpoints_[k] + length * moves.normal());
    const double chance = moves.uniform();
    if (moved <= cutpoints_[k - 1] || moved >= cutpoints_[k + 1]) continue;
    const auto likelihood = [&](float cutpoint) {
      return log_likelihood(k, cutpoints_[k - 1], cutpoint, model, scale, pool) +
             log_likelihood(k + 1, cutpoint, high_of(cutpoints_, k + 1), model, scale, pool);
    };
    if (std::log(1 - chance) < likelihood(moved) - likelihood(cutpoints_[k])) {
      cutpoints_[k] = moved;
    }
  }
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const float low = low_of(cutpoints_, level), high = high_of(cutpoints_, level);
    const cofi::View<std::int32_t> rows = ratings_.group(static_cast<std::int32_t>(level));
    const cofi::Random own = random.stream("latent").stream(level);
    const auto count = static_cast<std::int64_t>(rows.size());
    cofi::parallel_for(pool, count, kLevelGrain, [&](std::int64_t begin, std::int64_t end) {
      cofi::Random block = own.stream(static_cast<std::uint64_t>(begin));
      float values[kLevelGrain], chances[kLevelGrain];
      for (std::int64_t n = begin; n < end; ++n) {
        values[n - begin] = model[rows.data()[n]];
        chances[n - begin] = uniform_of(block());
      }
      for (std::int64_t n = 0; n < end - begin; ++n) {
        const Interval interval((low - values[n]) * scale, (high - values[n]) * scale);
        const float drawn =
            quantile(std::max(std::fma(chances[n], interval.inside, interval.below), kLeast));
        const float inside = std::min(std::max(drawn, interval.low), interval.high);
        values[n] += (interval.turned ? -inside : inside) / scale;
      }
      for (std::int64_t n = begin; n < end; ++n) latent[rows.data()[n]] = values[n - begin];
    });
  }
}

Levels::Moments Levels::moments(float model, float deviation, const float* cutpoints) const {
  Moments moments{levels_[0], levels_[0] * levels_[0]};
  for (std::size_t k = 0; k + 1 < levels_.size(); ++k) {
    const float above = probability_below((model - cutpoints[k]) / deviation);
    moments.mean += (levels_[k + 1] - levels_[k]) * above;
    moments.square += (levels_[k + 1] * levels_[k + 1] - levels_[k] * levels_[k]) * above;
  }
  return moments;
}

}  // namespace bayesian
