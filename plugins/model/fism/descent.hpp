// Stochastic gradient descent on the items that users have and on drawn ones that they have not.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/kernels/negatives.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/random.hpp"
#include "cofi/sparse_rows.hpp"

#include "user_sum.hpp"

namespace fism {

// What a sum of `count` rows is multiplied by: count^-alpha, 0 for none.
float weight(std::int64_t count, double alpha);

struct Tables {
  cofi::kernels::RowTable rated, items;  // p and q
  float *user_bias, *item_bias;
};

struct Options {
  bool pairs;  // auc, else rmse
  double alpha;
  std::int64_t negatives;  // of each item that a user has
  double rate, reg_factors, reg_user_bias, reg_item_bias;
};

class Descent {
 public:
  // `negatives` must outlive it.
  Descent(const Tables& tables, const Options& options, const cofi::kernels::Negatives& negatives);

  // The steps of a user who has these items, in drawn order. Returns the sum of the losses, each
  // before its step.
  double visit(std::int32_t user, cofi::View<cofi::SparseRows::Entry> items,
               const cofi::Random& random);
  // How many steps that is.
  std::int64_t steps(std::size_t items) const;

 private:
  // Squared error of (own ? 1 : 0) - score.
  double point(std::int32_t user, std::int32_t item, bool own);
  // Squared error of 1 - (score of the item - score of the drawn one); the item is left out.
  double pair(std::int32_t item, std::int32_t drawn);
  void step(float* row, float rate) const;
  float keep(double reg) const { return static_cast<float>(1 - options_.rate * reg); }

  Tables tables_;
  Options options_;
  const cofi::kernels::Negatives& negatives_;
  UserSum sum_;
  float all_ = 0, others_ = 0;    // the weights of the user's sum, and without one item
  std::vector<float> direction_;  // [stride]
};

}  // namespace fism
