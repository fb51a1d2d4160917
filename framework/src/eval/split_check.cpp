#include "eval/split_check.hpp"

#include <algorithm>
#include <utility>

#include "cofi/error.hpp"

namespace cofi::eval {
namespace {

using RowNumbers = std::vector<std::int32_t>;

// Test rows whose pair is among the seen rows: user by user, each of whose items is stamped.
std::int64_t shared_pairs(const Interactions& table, std::int32_t users, std::int32_t items,
                          const RowNumbers& seen, const RowNumbers& test) {
  const auto users_of = [&](const RowNumbers& rows) {
    RowNumbers ids(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      ids[n] = table.users[static_cast<std::size_t>(rows[n])];
    }
    return ids;
  };
  const auto item_at = [&](const RowNumbers& rows, std::int32_t position) {
    const auto row = static_cast<std::size_t>(rows[static_cast<std::size_t>(position)]);
    return static_cast<std::size_t>(table.items[row]);
  };
  const Grouping seen_of = group_by(users_of(seen), users);
  const Grouping test_of = group_by(users_of(test), users);
  RowNumbers stamps(static_cast<std::size_t>(items), -1);
  std::int64_t pairs = 0;
  for (std::int32_t user = 0; user < users; ++user) {
    if (test_of.group(user).empty()) continue;
    for (const std::int32_t position : seen_of.group(user)) stamps[item_at(seen, position)] = user;
    for (const std::int32_t position : test_of.group(user)) {
      if (stamps[item_at(test, position)] == user) ++pairs;
    }
  }
  return pairs;
}

}  // namespace

void check_disjoint(const Split& split, std::size_t rows, const std::string& splitter) {
  const std::pair<const char*, const RowNumbers*> parts[] = {{"train", &split.train},
                                                             {"validation", &split.validation},
                                                             {"test", &split.test},
                                                             {"fold_in", &split.fold_in}};
  std::vector<char> taken(rows, 0);  // by which part, counted from 1
  char number = 0;
  for (const auto& [name, part] : parts) {
    ++number;
    for (const std::int32_t row : *part) {
      if (row < 0 || static_cast<std::size_t>(row) >= rows) {
        throw Error(splitter, ": ", name, " has row ", row, " of a table of ", rows,
                    " rows; the splitter is wrong");
      }
      char& now = taken[static_cast<std::size_t>(row)];
      if (now != 0) {
        throw Error(splitter, ": row ", row, " is in ", parts[now - 1].first, " and again in ",
                    name, "; parts must be disjoint, the splitter is wrong");
      }
      now = number;
    }
  }
}

Leaks find_leaks(const Interactions& table, std::int32_t users, std::int32_t items,
                 const Split& split) {
  Leaks leaks;
  leaks.pairs = shared_pairs(table, users, items, split.train, split.test);
  if (!split.fold_in.empty()) {
    leaks.pairs += shared_pairs(table, users, items, split.fold_in, split.test);
  }
  if (table.times.empty() || split.test.empty()) return leaks;
  const auto time_of = [&](std::int32_t row) { return table.times[static_cast<std::size_t>(row)]; };
  std::int64_t first = time_of(split.test.front());
  for (const std::int32_t row : split.test) first = std::min(first, time_of(row));
  leaks.future = std::count_if(split.train.begin(), split.train.end(),
                               [&](std::int32_t row) { return time_of(row) > first; });
  return leaks;
}

std::string Leaks::text() const {
  std::string text = pairs > 0 ? std::to_string(pairs) + " pairs" : "";
  if (future > 0) text += (text.empty() ? "" : ", ") + std::to_string(future) + " later rows";
  return text;
}

}  // namespace cofi::eval
