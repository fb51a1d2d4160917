// Ordered probit: ratings as intervals of a latent value.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/column.hpp"
#include "cofi/interactions.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace bayesian {

// A rating has level k where its latent value, normal around the model's with the noise's
// precision, lies between cutpoints k and k + 1 (Albert and Chib 1993, section 4). The first and
// the last cutpoint stay half-way between the levels beside them, which fixes the latent scale, so
// that the noise can be learned (Nandram and Chen 1996); those between are drawn by Metropolis
// steps on the likelihood without latent values (Cowles 1996), which mix far better than draws
// given them.
class Levels {
 public:
  // The levels are the distinct values; an Error where they are fewer than 2 or more than 64.
  void prepare(cofi::View<float> values);
  // Whether the scale is known from one cutpoint alone: the noise then keeps its first precision.
  bool binary() const { return levels_.size() == 2; }
  // The noise's first precision: a deviation of the mean gap between levels.
  double initial_noise() const;

  // Draws the cutpoints given the model's values [n], then latent values [n].
  void draw(const float* model, double noise, const cofi::Random& random,
            const cofi::ThreadPool& pool, float* latent);

  // The rating's mean, and the mean of its square, given the model's value.
  struct Moments {
    float mean, square;
  };
  Moments moments(float model, float deviation, const float* cutpoints) const;

  std::int64_t size() const { return static_cast<std::int64_t>(levels_.size()); }
  const std::vector<float>& cutpoints() const { return cutpoints_; }  // [levels - 1]

  void state(cofi::Archive& archive) { archive("levels", levels_); }
  void training_state(cofi::Archive& archive) { archive("cutpoints", cutpoints_); }

 private:
  double log_likelihood(std::size_t level, float low, float high, const float* model, float scale,
                        const cofi::ThreadPool& pool) const;

  std::vector<float> levels_;     // ascending
  std::vector<float> cutpoints_;  // [levels - 1] ascending
  cofi::Grouping ratings_;        // of each level
};

}  // namespace bayesian
