// Biases of users in windows of time of several lengths.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/column.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace bayesian {

// Of each length: a user's ratings in [k length, (k + 1) length) seconds share a bias from
// N(0, 1 / precision), the precision from Gamma(1/2, 1/2) (Rendle 2012, section 3.3, for a group of
// features each). Windows without training ratings have none. Keeps samples of all biases.
class Windows {
 public:
  explicit Windows(const std::vector<std::int64_t>& lengths);

  bool empty() const { return levels_.empty(); }

  // The ratings' times [n], each user's together and ascending; starts [users + 1].
  void prepare(cofi::View<std::int64_t> starts, const std::vector<std::int64_t>& times,
               std::int64_t samples);
  // Draws every bias given the others and the ratings' errors [n], which it corrects for the
  // changes.
  void draw(cofi::View<std::int64_t> starts, double noise, const cofi::Random& random,
            const cofi::ThreadPool& pool, float* errors);
  // targets[n] = values[n] - the biases of its windows
  void subtract(cofi::View<std::int64_t> starts, const float* values, const cofi::ThreadPool& pool,
                float* targets) const;
  void keep(std::int64_t sample);
  // For each length the samples of the window's bias, null where it has none.
  void find(std::int32_t user, std::int64_t time, std::vector<const float*>& samples) const;

  void state(cofi::Archive& archive);           // the samples
  void training_state(cofi::Archive& archive);  // the biases as they stand

 private:
  struct Level {
    std::int64_t length;
    std::vector<std::int64_t> starts;   // [users + 1] a user's windows
    std::vector<std::int64_t> numbers;  // [windows] k, ascending among a user's
    std::vector<std::int64_t> first;    // [windows + 1] ratings; training only
    std::vector<float> biases;          // [windows]
    std::vector<float> samples;         // [windows x capacity]
  };

  std::vector<Level> levels_;  // the longest first
  std::int64_t capacity_ = 0;  // samples
};

}  // namespace bayesian
