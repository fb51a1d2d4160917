#include "cofi/sparse_rows.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cofi/archive.hpp"
#include "cofi/interactions.hpp"
#include "cofi/parallel.hpp"

namespace cofi {
namespace {

SparseRows rows_by(View<std::int32_t> ids, View<std::int32_t> others, View<float> values,
                   std::int32_t size, const ThreadPool& pool, const RowRange& range) {
  SparseRows rows;
  rows.starts.assign(static_cast<std::size_t>(size) + 1, 0);
  for (const std::int32_t id : ids) {
    if (range.has(id)) ++rows.starts[static_cast<std::size_t>(id) + 1];
  }
  std::partial_sum(rows.starts.begin(), rows.starts.end(), rows.starts.begin());
  std::vector<std::int64_t> next(rows.starts.begin(), rows.starts.end() - 1);
  std::vector<std::int32_t> places(static_cast<std::size_t>(rows.starts.back()));
  for (std::size_t n = 0; n < ids.size(); ++n) {
    if (!range.has(ids[n])) continue;
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(ids[n])]++);
    places[at] = static_cast<std::int32_t>(n);
  }
  rows.entries.resize(places.size());
  constexpr std::int64_t kGrain = 64;
  parallel_for(pool, size, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto id = static_cast<std::size_t>(begin); id < static_cast<std::size_t>(end); ++id) {
      for (std::int64_t at = rows.starts[id]; at < rows.starts[id + 1]; ++at) {
        const auto n = static_cast<std::size_t>(places[static_cast<std::size_t>(at)]);
        rows.entries[static_cast<std::size_t>(at)] = {others[n], values[n]};
      }
      std::stable_sort(rows.entries.begin() + rows.starts[id],
                       rows.entries.begin() + rows.starts[id + 1],
                       [](const auto& a, const auto& b) { return a.id < b.id; });
    }
  });
  return rows;
}

}  // namespace

SparseRows rows_by_user(const Interactions& interactions, std::int32_t users,
                        const ThreadPool& pool, const RowRange& range) {
  return rows_by(interactions.users, interactions.items, interactions.values, users, pool, range);
}

SparseRows rows_by_item(const Interactions& interactions, std::int32_t items,
                        const ThreadPool& pool, const RowRange& range) {
  return rows_by(interactions.items, interactions.users, interactions.values, items, pool, range);
}

SparseRows transposed(const SparseRows& rows, std::int32_t columns) {
  SparseRows turned;
  turned.starts.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const auto& entry : rows.entries) ++turned.starts[static_cast<std::size_t>(entry.id) + 1];
  for (std::size_t n = 1; n < turned.starts.size(); ++n) turned.starts[n] += turned.starts[n - 1];
  std::vector<std::int64_t> next(turned.starts.begin(), turned.starts.end() - 1);
  turned.entries.resize(rows.entries.size());
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    for (const auto& entry : rows.row(row)) {
      const std::int64_t at = next[static_cast<std::size_t>(entry.id)]++;
      turned.entries[static_cast<std::size_t>(at)] = {row, entry.value};
    }
  }
  return turned;
}

void replace_rows(SparseRows& rows, const SparseRows& own) {
  SparseRows all;
  all.starts.push_back(0);
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    const auto entries = own.row(row).empty() ? rows.row(row) : own.row(row);
    all.entries.insert(all.entries.end(), entries.begin(), entries.end());
    all.starts.push_back(static_cast<std::int64_t>(all.entries.size()));
  }
  rows = std::move(all);
}

void rows_state(Archive& archive, const std::string& name, SparseRows& rows) {
  std::vector<std::int32_t> ids;
  std::vector<float> values;
  for (const auto& entry : rows.entries) {
    ids.push_back(entry.id);
    values.push_back(entry.value);
  }
  Archive own = archive.child(name);
  own("starts", rows.starts);
  own("ids", ids);
  own("values", values);
  if (!archive.reading()) return;
  if (ids.size() != values.size() || rows.starts.empty() ||
      rows.starts.back() != static_cast<std::int64_t>(ids.size())) {
    throw Error("the saved '", name, "' is damaged: its rows, ids and values do not fit together");
  }
  rows.entries.resize(ids.size());
  for (std::size_t n = 0; n < ids.size(); ++n) rows.entries[n] = {ids[n], values[n]};
}

}  // namespace cofi
