#include "cofi/item_item_model.hpp"

#include <algorithm>
#include <cmath>

#include "cofi/fit_context.hpp"

namespace cofi {

void ItemItemModel::weigh(SparseRows&) const {}

// An item stands once in a row.
SparseRows ItemItemModel::rows_of(const Interactions& interactions, std::int32_t users,
                                  const ThreadPool& pool) const {
  SparseRows rows = rows_by_user(interactions, users, pool);
  std::size_t kept = 0;
  std::int64_t begin = 0;
  for (std::size_t user = 0; user + 1 < rows.starts.size(); ++user) {
    const std::size_t first = kept;
    const std::int64_t end = rows.starts[user + 1];
    for (std::int64_t n = begin; n < end; ++n) {
      SparseRows::Entry entry = rows.entries[static_cast<std::size_t>(n)];
      if (binary_) entry.value = 1;
      if (kept == first || rows.entries[kept - 1].id != entry.id) {
        rows.entries[kept++] = entry;
      } else if (!binary_) {
        rows.entries[kept - 1].value += entry.value;
      }
    }
    begin = end;
    rows.starts[user + 1] = static_cast<std::int64_t>(kept);
  }
  rows.entries.resize(kept);
  return rows;
}

void ItemItemModel::fit(const FitContext& context) {
  if (context.train.size() == 0) {
    throw Error("there are no training interactions to learn weights between items from");
  }
  users_ = rows_of(context.train, context.users, context.pool);
  weights_ = learn(users_, context);
  weigh(users_);
}

bool ItemItemModel::knows(std::int32_t user, std::int32_t item) const {
  return user >= 0 && user < users_.size() && item >= 0 && item < weights_.items();
}

void ItemItemModel::predict(const Query& query, float* out) const {
  for (std::size_t n = 0; n < query.size(); ++n) {
    const std::int32_t user = query.users[n], item = query.items[n];
    out[n] = 0;
    if (!knows(user, item)) continue;
    for (const auto& [own, x] : users_.row(user)) {
      out[n] = std::fma(x, weights_.at(own, item), out[n]);
    }
  }
}

void ItemItemModel::score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
                          float* out) const {
  for (const std::int32_t user : users) {
    std::fill(out, out + items, 0.0F);
    if (knows(user, 0)) {
      for (const auto& [own, x] : users_.row(user)) weights_.add_row(own, x, out);
    }
    out += items;
  }
}

bool ItemItemModel::fold_in(const Interactions& rows, const ThreadPool& pool) {
  SparseRows own = rows_of(rows, users_.size(), pool);
  weigh(own);
  replace_rows(users_, own);
  return true;
}

void ItemItemModel::state(Archive& archive) {
  rows_state(archive, "users", users_);
  weights_.state(archive);
}

std::optional<Explanation> ItemItemModel::explain(std::int32_t user, std::int32_t item) const {
  Explanation why;
  if (!knows(user, item)) return why;
  for (const auto& [own, x] : users_.row(user)) {
    why.add("neighbor", double{x} * double{weights_.at(own, item)}, Rows::kItems, own);
  }
  return why;
}

bool ItemItemModel::similar_items(std::int32_t item, std::int32_t items, float* out) const {
  std::fill(out, out + items, 0.0F);
  weights_.add_row(item, 1, out);
  return true;
}

}  // namespace cofi
