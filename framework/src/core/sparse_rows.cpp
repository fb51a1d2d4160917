#include "cofi/sparse_rows.hpp"

#include <algorithm>
#include <utility>

#include "cofi/interactions.hpp"
#include "cofi/parallel.hpp"

namespace cofi {
namespace {

SparseRows rows_by(View<std::int32_t> ids, View<std::int32_t> others, View<float> values,
                   std::int32_t size, const ThreadPool& pool) {
  Grouping groups = group_by(ids, size);
  SparseRows rows;
  rows.entries.resize(groups.rows.size());
  constexpr std::int64_t kGrain = 64;
  parallel_for(pool, size, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto id = static_cast<std::int32_t>(begin); id < static_cast<std::int32_t>(end); ++id) {
      SparseRows::Entry* first = rows.entries.data() + groups.starts[static_cast<std::size_t>(id)];
      SparseRows::Entry* last = first;
      for (const std::int32_t n : groups.group(id)) {
        const auto at = static_cast<std::size_t>(n);
        *last++ = {others[at], values[at]};
      }
      std::stable_sort(first, last, [](const auto& a, const auto& b) { return a.id < b.id; });
    }
  });
  rows.starts = std::move(groups.starts);
  return rows;
}

}  // namespace

SparseRows rows_by_user(const Interactions& interactions, std::int32_t users,
                        const ThreadPool& pool) {
  return rows_by(interactions.users, interactions.items, interactions.values, users, pool);
}

SparseRows rows_by_item(const Interactions& interactions, std::int32_t items,
                        const ThreadPool& pool) {
  return rows_by(interactions.items, interactions.users, interactions.values, items, pool);
}

}  // namespace cofi
