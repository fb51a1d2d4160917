// The Gibbs sampler: its state and one sweep over it.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

#include "levels.hpp"
#include "side.hpp"
#include "windows.hpp"

namespace bayesian {

struct ChainOptions {
  std::int64_t factors;
  bool implicit_users, implicit_items;  // whether users' (items') rows have sums of implicit rows
  double init_deviation;
};

class Chain {
 public:
  // Prepares windows (that many samples of theirs may be kept) and levels, which outlive the chain;
  // null without probit response.
  Chain(const cofi::FitContext& context, const ChainOptions& options, std::int64_t samples,
        Windows& windows, Levels* levels);
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  // Draws everything once, each part given all others; returns the mean square of the errors.
  // Depends on n and the state alone.
  double sweep(std::int64_t n);

  double mean() const { return mean_; }
  double noise() const { return noise_; }  // its precision
  const Side& users() const { return users_; }
  const Side& items() const { return items_; }

  void state(cofi::Archive& archive);

 private:
  void draw_latent(const cofi::Random& random);
  void find_errors();
  double draw_mean_and_noise(cofi::Random random);

  const cofi::ThreadPool& pool_;
  const cofi::Random random_;
  const Ratings by_user_,
      by_item_;  // positions: each user's ratings together, with windows by time
  Side users_, items_;
  Windows& windows_;
  Levels* levels_;
  std::vector<float> values_;   // [n] by position: ratings; probit: latent values
  std::vector<float> targets_;  // [n] without the windows' biases
  std::vector<float> errors_;   // [n]
  double mean_ = 0, noise_ = 1;
};

}  // namespace bayesian
