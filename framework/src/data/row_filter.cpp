#include "data/row_filter.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cofi::data {
namespace {

constexpr std::int32_t kGone = -1;

// New ids of the old ones, given in order of first appearance.
class Renumbering {
 public:
  explicit Renumbering(const Vocabulary& old)
      : old_(old), new_of_(static_cast<std::size_t>(old.size()), kGone) {}

  Column<std::int32_t> number(const Column<std::int32_t>& ids) {
    std::vector<std::int32_t> numbered(ids.size());
    for (std::size_t row = 0; row < ids.size(); ++row) {
      std::int32_t& id = new_of_[static_cast<std::size_t>(ids[row])];
      if (id == kGone) {
        id = names_.add(old_.name(ids[row]));
        old_of_.push_back(ids[row]);
      }
      numbered[row] = id;
    }
    return numbered;
  }
  std::int32_t of(std::int32_t old_id) const { return new_of_[static_cast<std::size_t>(old_id)]; }
  template <class T>
  std::vector<T> pick(const std::vector<T>& all) const {
    std::vector<T> picked;
    if (all.empty()) return picked;
    picked.reserve(old_of_.size());
    for (const std::int32_t id : old_of_) picked.push_back(all[static_cast<std::size_t>(id)]);
    return picked;
  }
  Vocabulary names() { return std::move(names_); }

 private:
  const Vocabulary& old_;
  Vocabulary names_;
  std::vector<std::int32_t> new_of_, old_of_;
};

// The rows whose user and item are still there.
Interactions renumbered(const Interactions& table, const Renumbering& users,
                        const Renumbering& items, const ThreadPool& pool) {
  std::vector<std::int32_t> rows, user_ids, item_ids;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::int32_t user = users.of(table.users[row]), item = items.of(table.items[row]);
    if (user == kGone || item == kGone) continue;
    rows.push_back(static_cast<std::int32_t>(row));
    user_ids.push_back(user);
    item_ids.push_back(item);
  }
  Interactions left = table.rows(rows, pool);
  left.users = std::move(user_ids);
  left.items = std::move(item_ids);
  return left;
}

std::int64_t how_many(const std::vector<std::int64_t>& counts) {
  return static_cast<std::int64_t>(counts.size()) - std::count(counts.begin(), counts.end(), 0);
}

}  // namespace

RowFilter::RowFilter(const Data& data, const ThreadPool& pool)
    : data_(data),
      pool_(pool),
      rows_(data.interactions.size()),
      values_(data.interactions.values),
      scale_(data.scale) {
  std::iota(rows_.begin(), rows_.end(), 0);
}

std::vector<std::int64_t> RowFilter::count(const Column<std::int32_t>& ids,
                                           std::int32_t size) const {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size), 0);
  for (const std::int32_t row : rows_) {
    ++counts[static_cast<std::size_t>(ids[static_cast<std::size_t>(row)])];
  }
  return counts;
}

Extent RowFilter::extent() const {
  const Interactions& table = data_.interactions;
  return {static_cast<std::int64_t>(rows_.size()), how_many(count(table.users, data_.users.size())),
          how_many(count(table.items, data_.items.size()))};
}

void RowFilter::keep(const std::function<bool(std::size_t)>& wanted) {
  rows_.erase(
      std::remove_if(rows_.begin(), rows_.end(),
                     [&](std::int32_t row) { return !wanted(static_cast<std::size_t>(row)); }),
      rows_.end());
}

void RowFilter::keep_values(std::optional<double> low, std::optional<double> high) {
  keep([&, this](std::size_t row) {
    return (!low || values_[row] >= static_cast<float>(*low)) &&
           (!high || values_[row] <= static_cast<float>(*high));
  });
}

void RowFilter::keep_times(std::optional<std::int64_t> first, std::optional<std::int64_t> last) {
  const Column<std::int64_t>& times = data_.interactions.times;
  if (times.empty()) {
    throw Error("the data has no times; give the dataset its column of times, or remove the step");
  }
  keep([&](std::size_t row) {
    return (!first || times[row] >= *first) && (!last || times[row] <= *last);
  });
}

void RowFilter::keep_core(std::int64_t users, std::int64_t items) {
  const Interactions& table = data_.interactions;
  std::size_t before = 0;
  do {
    before = rows_.size();
    const auto of_user = count(table.users, data_.users.size());
    const auto of_item = count(table.items, data_.items.size());
    keep([&](std::size_t row) {
      return of_user[static_cast<std::size_t>(table.users[row])] >= users &&
             of_item[static_cast<std::size_t>(table.items[row])] >= items;
    });
  } while (rows_.size() < before);
}

void RowFilter::keep_top_items(std::int64_t n) {
  const Column<std::int32_t>& items = data_.interactions.items;
  const auto counts = count(items, data_.items.size());
  std::vector<std::int32_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return counts[static_cast<std::size_t>(a)] > counts[static_cast<std::size_t>(b)];
  });
  std::vector<char> top(counts.size(), 0);
  const auto taken = std::min<std::size_t>(order.size(), static_cast<std::size_t>(n));
  for (std::size_t at = 0; at < taken; ++at) top[static_cast<std::size_t>(order[at])] = 1;
  keep([&](std::size_t row) { return top[static_cast<std::size_t>(items[row])] != 0; });
}

void RowFilter::sample_users(std::int64_t n, Random random) {
  const Column<std::int32_t>& users = data_.interactions.users;
  const auto counts = count(users, data_.users.size());
  std::vector<std::int32_t> there;
  for (std::size_t user = 0; user < counts.size(); ++user) {
    if (counts[user] > 0) there.push_back(static_cast<std::int32_t>(user));
  }
  const auto size = static_cast<std::int32_t>(there.size());
  if (n > size) throw Error(n, " users asked for, and there are ", size);
  const std::vector<std::int32_t> order = random.permutation(size);
  std::vector<char> drawn(counts.size(), 0);
  for (std::size_t at = 0; at < static_cast<std::size_t>(n); ++at) {
    drawn[static_cast<std::size_t>(there[static_cast<std::size_t>(order[at])])] = 1;
  }
  keep([&](std::size_t row) { return drawn[static_cast<std::size_t>(users[row])] != 0; });
}

void RowFilter::binarise(std::optional<double> threshold) {
  std::vector<float> ones(values_.size(), 1);
  if (threshold) {
    for (std::size_t row = 0; row < ones.size(); ++row) {
      ones[row] = values_[row] >= static_cast<float>(*threshold) ? 1.0F : 0.0F;
    }
  }
  values_ = Column<float>(std::move(ones));
  scale_ = {threshold ? 0.0F : 1.0F, 1};
  changed_ = true;
}

Data RowFilter::take() const {
  Interactions table = data_.interactions;
  table.values = values_;
  Data left;
  left.interactions = table.rows(rows_, pool_);
  Renumbering users(data_.users), items(data_.items);
  left.interactions.users = users.number(left.interactions.users);
  left.interactions.items = items.number(left.interactions.items);
  for (const auto& [name, rows] : data_.feedback) {
    left.feedback[name] = renumbered(rows, users, items, pool_);
  }
  left.titles = items.pick(data_.titles);
  left.tags = items.pick(data_.tags);
  left.users = users.names();
  left.items = items.names();
  if (!data_.expected.empty() && !changed_) {
    Interactions expected;
    expected.values = data_.expected;
    left.expected = expected.rows(rows_, pool_).values;
  }
  left.scale = scale_;
  left.sources = data_.sources;
  left.counts = data_.counts;
  left.note = data_.note;
  return left;
}

}  // namespace cofi::data
