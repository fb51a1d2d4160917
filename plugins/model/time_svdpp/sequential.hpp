// Stochastic gradient descent a rating at a time, user by user.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/interactions.hpp"
#include "cofi/sparse_rows.hpp"

#include "tables.hpp"

namespace time_svdpp {

// The training ratings, a user's together in table order, and all that time says of them. 16 bytes
// a rating and 4 more a length of windows.
struct TrainingRatings {
  std::vector<std::int64_t> starts;   // [users + 1]
  std::vector<std::int32_t> items;    // [n]
  std::vector<float> values;          // [n]
  std::vector<std::int32_t> bins;     // [n]
  std::vector<float> deviations;      // [n]
  std::vector<std::int32_t> windows;  // [n * lengths]

  TrainingRatings() = default;
  TrainingRatings(const cofi::Interactions& train, std::int32_t users, const TimeFeatures& times);

  Moment moment(std::size_t n) const;
};

// The penalty of each row of each part: the part's, or that over the square root of the row's
// number of training ratings.
using Penalties = std::vector<std::vector<float>>;

// 1 / sqrt(number of training ratings) of each row of each part that the tables have; 0 for rows
// without.
Penalties inverse_roots(const Tables& tables, const TrainingRatings& ratings, std::int32_t items,
                        const TimeFeatures& times);

// One pass over the users in shuffled order, and over each one's ratings in a shuffled order of
// their own. A user's implicit sum stands while its ratings pass by; then the implicit factors of
// the items that it rated take the steps of all its ratings at once. Returns the losses' sum.
double sequential_pass(const Tables& tables, const TrainingRatings& ratings,
                       const cofi::SparseRows& rated, const Penalties& penalties,
                       const cofi::SgdPass& pass);

}  // namespace time_svdpp
