// Passes of plain SGD over the ratings, in an order of their own. See README.md beside this file.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/factor_sgd.hpp"

// One rating after another: in the order of the file, or shuffled anew for each pass.
class SequentialPasses {
 public:
  explicit SequentialPasses(const cofi::FitContext& context);
  double run(const cofi::SgdPass& pass, const cofi::kernels::FactorSgd& model) const;

 private:
  const cofi::Interactions& train_;
  bool shuffle_;
};

// Users and items are cut into `blocks` ranges of about as many ratings each. A pass takes blocks
// rounds; in each of them every range of users meets another range of items, so that the cells of a
// round share no row and threads take them in any order (Gemulla et al. 2011, "Large-scale matrix
// factorization with distributed stochastic gradient descent"; Zhuang et al. 2013, "A fast parallel
// SGD for matrix factorization in shared memory systems"). Which cell comes in which round, and the
// order of a cell's ratings, depend on the seed alone. Memory: 12 bytes a
// rating of a rank.
//
// Each rank of a world has ranges of users of its own. From round to round a range of items goes on
// to the users' range before: each rank sends one range a round to the rank before it, and gets one
// from the rank behind. Users' rows stay where they are.
class BlockedPasses {
 public:
  // blocks 0: as many as keep the rows of a cell in a core's cache.
  BlockedPasses(const cofi::FitContext& context, std::int64_t blocks, std::int64_t stride);
  // item_tables: the factors and biases that the model points to.
  double run(const cofi::SgdPass& pass, const cofi::kernels::FactorSgd& model,
             const std::vector<at::Tensor>& item_tables) const;
  // Brings all rows of the users' tables to every rank.
  void collect(cofi::Communicator& communicator, const std::vector<at::Tensor>& user_tables) const;

 private:
  // The first range of users of a rank.
  std::int32_t first_range(const cofi::Communicator& communicator, int rank) const;
  // Brings all ranges of items to every rank, where last[r] says who has range r.
  void collect_items(cofi::Communicator& communicator, const std::vector<at::Tensor>& item_tables,
                     const std::vector<int>& last) const;

  std::int32_t blocks_;
  std::vector<std::int64_t> first_user_, first_item_;  // [blocks + 1] of each range
  std::vector<std::int64_t> starts_;  // [blocks^2 + 1], by users' range, then items'
  std::vector<cofi::kernels::FactorRating> ratings_;  // [n] by cell
};
