#include "cofi/interactions.hpp"

#include <algorithm>
#include <numeric>

#include "cofi/parallel.hpp"

namespace cofi {
namespace {

template <class T>
Column<T> gather(const Column<T>& column, View<std::int32_t> rows, const ThreadPool& pool) {
  if (column.empty()) return {};
  std::vector<T> taken(rows.size());
  parallel_for(pool, static_cast<std::int64_t>(rows.size()), 1 << 16,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t n = begin; n < end; ++n) {
                   const auto at = static_cast<std::size_t>(n);
                   taken[at] = column[static_cast<std::size_t>(rows[at])];
                 }
               });
  return taken;
}

}  // namespace

Interactions Interactions::rows(View<std::int32_t> rows, const ThreadPool& pool) const {
  return {gather(users, rows, pool), gather(items, rows, pool), gather(values, rows, pool),
          gather(times, rows, pool)};
}

double Interactions::mean() const {
  double sum = 0;
  for (const float value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Grouping group_by(View<std::int32_t> ids, std::int32_t groups) {
  Grouping grouping;
  grouping.starts.assign(static_cast<std::size_t>(groups) + 1, 0);
  for (const std::int32_t id : ids) ++grouping.starts[static_cast<std::size_t>(id) + 1];
  for (std::size_t id = 1; id < grouping.starts.size(); ++id) {
    grouping.starts[id] += grouping.starts[id - 1];
  }
  std::vector<std::int64_t> next(grouping.starts.begin(), grouping.starts.end() - 1);
  grouping.rows.resize(ids.size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(ids[row])]++);
    grouping.rows[at] = static_cast<std::int32_t>(row);
  }
  return grouping;
}

std::vector<std::int64_t> counts_of(View<std::int32_t> ids, std::int32_t size) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size));
  for (const std::int32_t id : ids) ++counts[static_cast<std::size_t>(id)];
  return counts;
}

std::vector<std::int32_t> order_by(View<std::int32_t> ids) {
  std::vector<std::int32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return ids[static_cast<std::size_t>(a)] < ids[static_cast<std::size_t>(b)];
  });
  return order;
}

}  // namespace cofi
