#include "cofi/ranking.hpp"

#include <algorithm>

namespace cofi {

RankedUser Ranking::user(std::size_t n, std::int64_t at) const {
  const auto first = n * static_cast<std::size_t>(length);
  const auto listed = static_cast<std::size_t>(std::min({at, length, counts[n]}));
  const auto start = static_cast<std::size_t>(starts[n]);
  const auto count = static_cast<std::size_t>(relevants[n]);
  RankedUser user{users[n], counts[n], {}, {}, {relevant.data() + start, count}, {}};
  user.list = {lists.data() + first, listed};
  user.values = {values.data() + first, listed};
  if (!ranks.empty()) user.ranks = {ranks.data() + start, count};
  return user;
}

std::vector<std::int64_t> times_listed(const Ranking& ranking, std::int64_t at) {
  std::vector<std::int64_t> times(static_cast<std::size_t>(ranking.items), 0);
  for (std::size_t n = 0; n < ranking.size(); ++n) {
    for (const std::int32_t item : ranking.user(n, at).list) {
      ++times[static_cast<std::size_t>(item)];
    }
  }
  return times;
}

}  // namespace cofi
