#include "train/shares.hpp"

#include <algorithm>
#include <numeric>

namespace cofi::train {
namespace {

// Exact sums: enough of a batch in a part to be worth a call, and enough parts for the ranks.
constexpr std::int64_t kPartSize = 256, kMostParts = 64;

}  // namespace

Shares::Shares(const FitContext& context)
    : rank_(context.communicator.rank()),
      size_(context.communicator.size()),
      on_(size_ > 1 || context.options.exact_sum),
      exact_(context.options.exact_sum),
      by_users_(size_ > 1 && context.options.partition_users),
      of_ranks_(size_ > 1 && context.options.batch_of_rank) {
  if (!on_ || !(exact_ || by_users_)) return;
  if (exact_ && context.options.batch_of_rank) {
    throw Error("train.sum: exact promises the same bits at any number of ranks, and ",
                "train.batch_scope: rank makes the steps depend on it; choose one of them");
  }
  if (by_users_ && context.options.batch_of_rank) {
    throw Error("train.partition: users cuts the batch of all ranks by its users, and ",
                "train.batch_scope: rank has none: choose one of them");
  }
  const std::int64_t most = std::min<std::int64_t>(kMostParts, context.users);
  parts_ = exact_ ? static_cast<std::size_t>(
                        std::clamp<std::int64_t>(context.options.batch / kPartSize, 1, most))
                  : static_cast<std::size_t>(size_);
  if (by_users_ && parts_ < static_cast<std::size_t>(size_)) {
    throw Error("train.partition: users: a batch of ", context.options.batch, " is cut into ",
                parts_, " parts where train.sum is exact, fewer than the world's ", size_,
                " ranks; enlarge train.batch to at least ", size_ * kPartSize,
                ", or set train.sum: float");
  }
  // About as many training interactions in each.
  const std::int64_t all =
      std::accumulate(context.user_counts.begin(), context.user_counts.end(), std::int64_t{0});
  part_of_.resize(static_cast<std::size_t>(context.users));
  std::int64_t before = 0;
  for (std::size_t user = 0; user < part_of_.size(); ++user) {
    const auto part = static_cast<std::size_t>(before * static_cast<std::int64_t>(parts_) /
                                               std::max<std::int64_t>(1, all));
    part_of_[user] = static_cast<std::uint16_t>(std::min(part, parts_ - 1));
    before += context.user_counts[user];
  }
  for (std::size_t part = 0; part < parts_; ++part) {
    first_.push_back(static_cast<std::int32_t>(
        std::lower_bound(part_of_.begin(), part_of_.end(), part) - part_of_.begin()));
  }
  first_.push_back(context.users);
}

std::size_t Shares::first_part(int rank) const {
  return static_cast<std::size_t>(rank) * parts_ / static_cast<std::size_t>(size_);
}

std::int32_t Shares::first_user(int rank) const { return first_[first_part(rank)]; }

const std::vector<std::vector<std::int32_t>>& Shares::cut(View<std::int32_t> users) {
  if (part_of_.empty()) {
    own_.resize(1);
    const std::size_t n = users.size(), ranks = static_cast<std::size_t>(size_);
    const std::size_t begin = n * static_cast<std::size_t>(rank_) / ranks;
    own_[0].resize(n * (static_cast<std::size_t>(rank_) + 1) / ranks - begin);
    std::iota(own_[0].begin(), own_[0].end(), static_cast<std::int32_t>(begin));
    return own_;
  }
  const std::size_t first = first_part(rank_), last = first_part(rank_ + 1);
  own_.resize(last - first);
  for (auto& part : own_) part.clear();
  for (std::size_t n = 0; n < users.size(); ++n) {
    const std::size_t part = part_of_[static_cast<std::size_t>(users[n])];
    if (part >= first && part < last) own_[part - first].push_back(static_cast<std::int32_t>(n));
  }
  return own_;
}

}  // namespace cofi::train
