// The samples of a Gibbs chain that predictions average over.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/interactions.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/model.hpp"
#include "cofi/parallel.hpp"

#include "side.hpp"

namespace bayesian {

// Of each sample s a mean, the noise, and rows of users and items, side by side, so that the mean
// of the samples' predictions is that of one factor model. Samples are kept centred: the mean over
// the rows with ratings is 0 for every factor and bias, whose parts move to the biases and the
// mean. What a sample predicts does not change, and leaving out the terms of a user is asking for
// an average one.
class Samples {
 public:
  Samples(std::int64_t factors, bool implicit);

  // `seed`: of what fold_in draws.
  void reserve(std::int32_t users, std::int32_t items, std::int64_t capacity, std::int64_t seed);
  // Stores a sample as number `at`, the last one then.
  void keep(std::int64_t at, double mean, double noise, const Side& users, const Side& items);

  std::int64_t count() const { return count_; }
  float deviation(std::int64_t sample) const;  // of the ratings' noise

  // Means over the samples; of ids outside the vocabulary (-1) the terms are 0.
  double mean() const;
  double user_bias(std::int32_t user) const;
  double item_bias(std::int32_t item) const;
  double product(std::int32_t user, std::int32_t item) const;  // of the factors
  // out[count]: what each sample says.
  void values(std::int32_t user, std::int32_t item, float* out) const;
  // out[users x items], row-major: the mean of that.
  void scores(cofi::View<std::int32_t> users, std::int32_t items, float* out) const;

  // Draws each sample's row of a user given its ratings and the sample's items and priors.
  void fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool);

  std::vector<cofi::Parameter> parameters() const;
  void state(cofi::Archive& archive);

 private:
  struct Center;
  void keep_side(std::int64_t at, const Side& side, const Center& own, const Center& other,
                 at::Tensor& factors, at::Tensor& biases);
  void keep_prior(std::int64_t at, const Side& users, const Center& own, const Center& other);
  void fold_in_user(std::int32_t user, cofi::View<std::int32_t> ids, const float* values);

  std::int64_t factors_, width_, stride_;
  std::int64_t capacity_ = 0, count_ = 0;
  std::vector<double> means_, noises_;      // [capacity]
  at::Tensor user_factors_, item_factors_;  // [users x capacity * factors], [items x ...], padded
  at::Tensor user_bias_, item_bias_;        // [users x capacity], [items x capacity], padded
  at::Tensor implicit_;                     // [items x capacity * width] of users' sums, padded
  std::vector<double> prior_means_;         // [capacity x stride] of users' rows
  std::vector<double> prior_precisions_;    // [capacity x width x stride]
  std::int64_t seed_ = 0;                   // of what fold_in draws
};

}  // namespace bayesian
