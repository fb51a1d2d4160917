#include "pair_index.hpp"

#include <algorithm>

namespace predefined {

PairIndex::PairIndex(const cofi::Data& data, const cofi::ThreadPool& pool)
    : items_(data.interactions.items),
      by_user_(cofi::group_by(data.interactions.users, data.users.size())) {
  cofi::parallel_for(pool, data.users.size(), 1024, [&](std::int64_t begin, std::int64_t end) {
    for (auto user = static_cast<std::size_t>(begin); user < static_cast<std::size_t>(end);
         ++user) {
      std::stable_sort(
          by_user_.rows.begin() + by_user_.starts[user],
          by_user_.rows.begin() + by_user_.starts[user + 1], [&](std::int32_t a, std::int32_t b) {
            return items_[static_cast<std::size_t>(a)] < items_[static_cast<std::size_t>(b)];
          });
    }
  });
}

cofi::View<std::int32_t> PairIndex::rows(std::int32_t user, std::int32_t item) const {
  if (user < 0 || item < 0) return {};
  const cofi::View<std::int32_t> group = by_user_.group(user);
  const auto item_of = [&](std::int32_t row) { return items_[static_cast<std::size_t>(row)]; };
  const auto begin =
      std::lower_bound(group.begin(), group.end(), item,
                       [&](std::int32_t row, std::int32_t id) { return item_of(row) < id; });
  auto end = begin;
  while (end != group.end() && item_of(*end) == item) ++end;
  return {begin, end};
}

}  // namespace predefined
