#include "windows.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "normal.hpp"

namespace bayesian {
namespace {

constexpr std::int64_t kWindowGrain = 16;  // users of a block

std::int64_t window_of(std::int64_t time, std::int64_t length) {
  const std::int64_t k = time / length;
  return time % length < 0 ? k - 1 : k;
}

std::size_t at(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

Windows::Windows(const std::vector<std::int64_t>& lengths) {
  for (const std::int64_t length : lengths) levels_.push_back({length, {}, {}, {}, {}, {}});
  std::sort(levels_.begin(), levels_.end(),
            [](const Level& a, const Level& b) { return a.length > b.length; });
}

void Windows::prepare(cofi::View<std::int64_t> starts, const std::vector<std::int64_t>& times,
                      std::int64_t samples) {
  capacity_ = samples;
  for (Level& level : levels_) {
    level.starts.assign(1, 0);
    for (std::size_t user = 0; user + 1 < starts.size(); ++user) {
      for (std::int64_t n = starts[user]; n < starts[user + 1]; ++n) {
        const std::int64_t number = window_of(times[at(n)], level.length);
        if (n > starts[user] && number == level.numbers.back()) continue;
        level.numbers.push_back(number);
        level.first.push_back(n);
      }
      level.starts.push_back(static_cast<std::int64_t>(level.numbers.size()));
    }
    level.first.push_back(starts.back());
    level.biases.assign(level.numbers.size(), 0);
    level.samples.assign(level.numbers.size() * at(samples), 0);
  }
}

void Windows::draw(cofi::View<std::int64_t> starts, double noise, const cofi::Random& random,
                   const cofi::ThreadPool& pool, float* errors) {
  std::vector<double> precisions;
  for (const Level& level : levels_) {
    double squares = 0;
    for (const float bias : level.biases) squares += double{bias} * bias;
    cofi::Random own = random.stream("precision").stream(precisions.size());
    const auto count = static_cast<double>(level.biases.size());
    precisions.push_back(draw_gamma(own, (1 + count) / 2) / ((1 + squares) / 2));
  }
  const cofi::Random of_users = random.stream("biases");
  const auto users = static_cast<std::int64_t>(starts.size()) - 1;
  cofi::parallel_for(pool, users, kWindowGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> normal;
    for (std::int64_t user = begin; user < end; ++user) {
      cofi::Random own = of_users.stream(static_cast<std::uint64_t>(user));
      for (std::size_t l = 0; l < levels_.size(); ++l) {
        Level& level = levels_[l];
        const std::int64_t first = level.starts[at(user)], last = level.starts[at(user) + 1];
        normal.resize(at(last - first));
        fill_normal(own, normal.data(), normal.size());
        for (std::int64_t k = first; k < last; ++k) {
          float* from = errors + level.first[at(k)];
          float* to = errors + level.first[at(k) + 1];
          float& bias = level.biases[at(k)];
          float sum = static_cast<float>(to - from) * bias;
          for (const float* e = from; e < to; ++e) sum += *e;
          const double variance = 1 / (precisions[l] + noise * static_cast<double>(to - from));
          const auto drawn = static_cast<float>(variance * noise * sum +
                                                std::sqrt(variance) * normal[at(k - first)]);
          const float change = bias - drawn;
          for (float* e = from; e < to; ++e) *e += change;
          bias = drawn;
        }
      }
    }
  });
}

void Windows::subtract(cofi::View<std::int64_t> starts, const float* values,
                       const cofi::ThreadPool& pool, float* targets) const {
  const auto users = static_cast<std::int64_t>(starts.size()) - 1;
  cofi::parallel_for(pool, users, kWindowGrain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t from = starts[at(begin)], to = starts[at(end)];
    std::copy(values + from, values + to, targets + from);
    for (const Level& level : levels_) {
      for (std::int64_t k = level.starts[at(begin)]; k < level.starts[at(end)]; ++k) {
        const float bias = level.biases[at(k)];
        for (std::int64_t n = level.first[at(k)]; n < level.first[at(k) + 1]; ++n) {
          targets[n] -= bias;
        }
      }
    }
  });
}

void Windows::keep(std::int64_t sample) {
  for (Level& level : levels_) {
    for (std::size_t k = 0; k < level.biases.size(); ++k) {
      level.samples[k * at(capacity_) + at(sample)] = level.biases[k];
    }
  }
}

void Windows::find(std::int32_t user, std::int64_t time, std::vector<const float*>& samples) const {
  samples.assign(levels_.size(), nullptr);
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    const Level& level = levels_[l];
    const auto first = level.numbers.begin() + level.starts[at(user)];
    const auto last = level.numbers.begin() + level.starts[at(user) + 1];
    const std::int64_t number = window_of(time, level.length);
    const auto found = std::lower_bound(first, last, number);
    if (found == last || *found != number) continue;
    samples[l] = level.samples.data() + (found - level.numbers.begin()) * capacity_;
  }
}

void Windows::state(cofi::Archive& archive) {
  archive("samples", capacity_);
  for (Level& level : levels_) {
    cofi::Archive own = archive.child(std::to_string(level.length));
    own("starts", level.starts);
    own("numbers", level.numbers);
    own("biases", level.samples);
  }
}

void Windows::training_state(cofi::Archive& archive) {
  for (Level& level : levels_) archive("window_" + std::to_string(level.length), level.biases);
}

}  // namespace bayesian
