#include "eval/strata.hpp"

#include <algorithm>
#include <map>

namespace cofi::eval {
namespace {

template <class Belongs>
std::vector<bool> members(View<std::int64_t> counts, const Belongs& belongs) {
  std::vector<bool> there;
  there.reserve(counts.size());
  for (const std::int64_t count : counts) there.push_back(belongs(count));
  return there;
}

std::vector<Stratum> by_activity(View<std::int64_t> user_counts) {
  std::vector<std::int64_t> sorted;
  for (const std::int64_t count : user_counts) {
    if (count > 0) sorted.push_back(count);
  }
  std::sort(sorted.begin(), sorted.end());
  // The count at the place ceil(part * n / 3), counted from 1.
  const auto third = [&](std::size_t part) {
    return sorted.empty() ? 0 : sorted[(part * sorted.size() + 2) / 3 - 1];
  };
  const std::int64_t a = third(1), b = third(2);
  return {
      {"user_activity", "low", members(user_counts, [=](auto n) { return n <= a; }), {}},
      {"user_activity", "mid", members(user_counts, [=](auto n) { return n > a && n <= b; }), {}},
      {"user_activity", "high", members(user_counts, [=](auto n) { return n > b; }), {}}};
}

std::vector<Stratum> by_popularity(View<std::int64_t> item_counts) {
  std::map<std::int64_t, std::int64_t> items;  // by their count
  std::int64_t all = 0;
  for (const std::int64_t count : item_counts) {
    ++items[count];
    all += count;
  }
  std::map<std::int64_t, int> place;  // of a count: 0 head, 1 mid, 2 tail
  std::int64_t above = 0;             // interactions of items with more
  for (auto each = items.rbegin(); each != items.rend(); ++each) {
    place[each->first] = 3 * above < all ? 0 : 3 * above < 2 * all ? 1 : 2;
    above += each->first * each->second;
  }
  std::vector<Stratum> strata;
  const char* const names[] = {"head", "mid", "tail"};
  for (int n = 0; n < 3; ++n) {
    strata.push_back({"item_popularity", names[n], {}, members(item_counts, [&](auto count) {
                        return place[count] == n;
                      })});
  }
  return strata;
}

std::vector<Stratum> by_novelty(View<std::int64_t> user_counts, View<std::int64_t> item_counts) {
  const auto unseen = [](std::int64_t count) { return count == 0; };
  const auto known = [](std::int64_t count) { return count > 0; };
  return {{"cold", "new_users", members(user_counts, unseen), {}},
          {"cold", "new_items", {}, members(item_counts, unseen)},
          {"cold", "neither", members(user_counts, known), members(item_counts, known)}};
}

}  // namespace

std::vector<Stratum> make_strata(const std::string& strata, View<std::int64_t> user_counts,
                                 View<std::int64_t> item_counts) {
  if (strata == "user_activity") return by_activity(user_counts);
  if (strata == "item_popularity") return by_popularity(item_counts);
  return by_novelty(user_counts, item_counts);
}

std::vector<std::string> stratum_names(const std::string& strata) {
  std::vector<std::string> names;
  for (const Stratum& each : make_strata(strata, {}, {})) names.push_back(each.name);
  return names;
}

std::vector<std::int32_t> rows_of(const Stratum& stratum, const Interactions& part) {
  std::vector<std::int32_t> rows;
  for (std::size_t row = 0; row < part.size(); ++row) {
    if (stratum.has(part.users[row], part.items[row])) {
      rows.push_back(static_cast<std::int32_t>(row));
    }
  }
  return rows;
}

StratumSize size_of(const Stratum& stratum, const Interactions& part) {
  std::vector<std::int32_t> users;
  for (const std::int32_t row : rows_of(stratum, part)) {
    users.push_back(part.users[static_cast<std::size_t>(row)]);
  }
  StratumSize size;
  size.rows = static_cast<std::int64_t>(users.size());
  std::sort(users.begin(), users.end());
  size.users = std::unique(users.begin(), users.end()) - users.begin();
  return size;
}

Ranking of_users(const Ranking& ranking, const std::vector<bool>& users) {
  Ranking some;
  some.items = ranking.items;
  some.length = ranking.length;
  some.relevant = ranking.relevant;
  some.ranks = ranking.ranks;
  for (std::size_t n = 0; n < ranking.size(); ++n) {
    if (!users[static_cast<std::size_t>(ranking.users[n])]) continue;
    some.users.push_back(ranking.users[n]);
    some.counts.push_back(ranking.counts[n]);
    some.starts.push_back(ranking.starts[n]);
    some.relevants.push_back(ranking.relevants[n]);
    const auto first = static_cast<std::ptrdiff_t>(n) * ranking.length;
    const auto copy = [&](const auto& from, auto& to) {
      to.insert(to.end(), from.begin() + first, from.begin() + first + ranking.length);
    };
    copy(ranking.lists, some.lists);
    copy(ranking.values, some.values);
  }
  return some;
}

}  // namespace cofi::eval
