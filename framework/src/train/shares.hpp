// Which part of a batch each rank of a world computes.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/fit_context.hpp"

namespace cofi::train {

// A batch is cut by users: into parts that depend on train.batch and the training data alone where
// sums are exact, so that each part's gradient has the same bits whoever computes it; else into one
// part for each rank, by position, or (partition: users) by whose users they are.
class COFI_API Shares {
 public:
  explicit Shares(const FitContext& context);

  // Whether batches are cut at all.
  bool on() const { return on_; }
  bool exact() const { return exact_; }
  // Whether each rank has its own users' rows.
  bool by_users() const { return by_users_; }
  // Whether train.batch is a rank's, and the ranks' means are averaged.
  bool of_ranks() const { return of_ranks_; }

  // The positions in the batch that this rank computes, part by part, ascending in each.
  const std::vector<std::vector<std::int32_t>>& cut(View<std::int32_t> users);

  // The users [first, last) of a rank.
  std::int32_t first_user(int rank) const;
  std::int32_t last_user(int rank) const { return first_user(rank + 1); }

 private:
  std::size_t first_part(int rank) const;

  int rank_, size_;
  bool on_, exact_, by_users_, of_ranks_;
  std::size_t parts_ = 1;
  std::vector<std::int32_t> first_;     // of each part, its first user; [parts + 1]
  std::vector<std::uint16_t> part_of_;  // [users], where parts are by users
  std::vector<std::vector<std::int32_t>> own_;
};

}  // namespace cofi::train
