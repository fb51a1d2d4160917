// Rows of the same user and item: found user by user, in memory linear in the rows.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "cofi/delimited.hpp"

#include "core/suggest.hpp"

namespace cofi {
namespace {

constexpr std::int64_t kUsersPerBlock = 1024;
constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();

// What is to be done with the rows, found before anything is changed.
struct Findings {
  std::int64_t surplus = 0;  // rows beyond the first of their pair
  std::int32_t first_repeat =
      kNone;  // the first row that repeats another, and the first of its pair
  std::int32_t repeated = kNone;
  std::vector<std::pair<std::int32_t, float>> means;  // (row that stays, mean of its pair)
};

Findings combine(Findings a, const Findings& b) {
  a.surplus += b.surplus;
  if (b.first_repeat < a.first_repeat) {
    a.first_repeat = b.first_repeat;
    a.repeated = b.repeated;
  }
  a.means.insert(a.means.end(), b.means.begin(), b.means.end());
  return a;
}

enum class Rule { kError, kFirst, kLast, kMean, kKeep };

Rule rule_of(const std::string& name) {
  const std::vector<std::string> names = {"error", "first", "last", "mean", "keep"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error("duplicates: '", name, "' is none of ", listed(names), did_you_mean(name, names));
  }
  return static_cast<Rule>(found - names.begin());
}

// Looks through the rows of users [begin, end); marks in `dropped` the rows that go.
Findings look_through(const Interactions& table, const Grouping& by_user, Rule rule,
                      std::int64_t begin, std::int64_t end, std::vector<char>& dropped) {
  Findings found;
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs;  // (item, row)
  for (std::int64_t user = begin; user < end; ++user) {
    pairs.clear();
    bool ascending = true;  // then no item comes twice, and nothing is to be sorted
    for (const std::int32_t row : by_user.group(static_cast<std::int32_t>(user))) {
      const std::int32_t item = table.items[static_cast<std::size_t>(row)];
      ascending = ascending && (pairs.empty() || pairs.back().first < item);
      pairs.emplace_back(item, row);
    }
    if (ascending) continue;
    std::sort(pairs.begin(), pairs.end());
    for (std::size_t n = 0, next = 0; n < pairs.size(); n = next) {
      for (next = n + 1; next < pairs.size() && pairs[next].first == pairs[n].first;) ++next;
      if (next == n + 1) continue;
      found.surplus += static_cast<std::int64_t>(next - n - 1);
      if (pairs[n + 1].second < found.first_repeat) {
        found.first_repeat = pairs[n + 1].second;
        found.repeated = pairs[n].second;
      }
      if (rule == Rule::kKeep || rule == Rule::kError) continue;
      const std::size_t stays = rule == Rule::kLast ? next - 1 : n;
      double sum = 0;
      for (std::size_t m = n; m < next; ++m) {
        const auto row = static_cast<std::size_t>(pairs[m].second);
        sum += table.values[row];
        if (m != stays) dropped[row] = 1;
      }
      if (rule == Rule::kMean) {
        const double mean = sum / static_cast<double>(next - n);
        found.means.emplace_back(pairs[n].second, static_cast<float>(mean));
      }
    }
  }
  return found;
}

template <class T>
void keep_rows(Column<T>& column, const std::vector<char>& dropped, std::size_t kept) {
  if (column.empty()) return;
  std::vector<T> left;
  left.reserve(kept);
  for (std::size_t row = 0; row < dropped.size(); ++row) {
    if (dropped[row] == 0) left.push_back(column[row]);
  }
  column = Column<T>(std::move(left));
}

}  // namespace

std::int64_t resolve_duplicates(Data& data, const std::string& rule_name, const ThreadPool& pool) {
  const Rule rule = rule_of(rule_name);
  Interactions& table = data.interactions;
  std::vector<char> dropped(table.size(), 0);
  const auto rows = static_cast<std::int64_t>(table.size());
  Findings found;
  {
    const Grouping by_user = group_by(table.users, data.users.size());
    found = parallel_reduce(
        pool, data.users.size(), kUsersPerBlock, Findings{},
        [&](std::int64_t begin, std::int64_t end) {
          return look_through(table, by_user, rule, begin, end, dropped);
        },
        combine);
  }
  if (found.surplus == 0 || rule == Rule::kKeep) return found.surplus;
  if (rule == Rule::kError) {
    const auto repeat = static_cast<std::size_t>(found.first_repeat);
    throw Error("user '", data.users.name(table.users[repeat]), "' and item '",
                data.items.name(table.items[repeat]), "' come together more than once, in rows ",
                found.repeated + 1, " and ", found.first_repeat + 1,
                "; choose duplicates: first, last, mean or keep");
  }
  if (!found.means.empty()) {
    std::vector<float> values(table.values.begin(), table.values.end());
    for (const auto& [row, mean] : found.means) values[static_cast<std::size_t>(row)] = mean;
    table.values = Column<float>(std::move(values));
  }
  const auto kept = static_cast<std::size_t>(rows - found.surplus);
  keep_rows(table.users, dropped, kept);
  keep_rows(table.items, dropped, kept);
  keep_rows(table.values, dropped, kept);
  keep_rows(table.times, dropped, kept);
  keep_rows(data.expected, dropped, kept);
  return found.surplus;
}

}  // namespace cofi
