#include "eval/ranking_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>

#include "cofi/row_shares.hpp"

namespace cofi::eval {
namespace {

using Scored = std::pair<float, std::int32_t>;  // (score, item)

constexpr float kNone = -std::numeric_limits<float>::infinity();

// The rule of ties: see ranking.hpp.
struct StandsBefore {
  bool operator()(const Scored& a, const Scored& b) const {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  }
};

std::int32_t item_at(const Candidates& candidates, std::size_t n) {
  return candidates.items.empty() ? static_cast<std::int32_t>(n) : candidates.items.data()[n];
}

// Where the item is among the candidates; their number where it is not.
std::size_t place_of(const Candidates& candidates, std::int32_t item) {
  const std::size_t count = candidates.scores.size();
  std::size_t place = static_cast<std::size_t>(item);
  if (!candidates.items.empty()) {
    const auto* found = std::lower_bound(candidates.items.begin(), candidates.items.end(), item);
    if (found == candidates.items.end() || *found != item) return count;
    place = static_cast<std::size_t>(found - candidates.items.begin());
  }
  return place < count && candidates.scores.data()[place] != kNone ? place : count;
}

// Whether one of the 32 scores is above the limit. A loop without a branch, which vectorizes.
bool any_above(const float* scores, float limit) {
  std::int32_t above = 0;
  for (int n = 0; n < 32; ++n) above |= scores[n] > limit ? 1 : 0;
  return above != 0;
}

// How many of the scores are above this one, and how many equal it.
struct Compared {
  std::int32_t above = 0, equal = 0;
};
Compared compare(const float* scores, std::size_t count, float with) {
  Compared found;
  for (std::size_t n = 0; n < count; ++n) {
    found.above += scores[n] > with ? 1 : 0;
    found.equal += scores[n] == with ? 1 : 0;
  }
  return found;
}

}  // namespace

RankingBuilder::RankingBuilder(const Interactions& part, std::int32_t users, std::int32_t items,
                               const RankingNeeds& needs, std::optional<double> relevance,
                               const std::vector<bool>* relevant_items)
    : part_(part),
      needs_(needs),
      relevance_(relevance),
      relevant_items_(relevant_items),
      by_user_(group_by(part.users, users)) {
  for (std::int32_t user = 0; user < users; ++user) {
    if (by_user_.group(user).empty()) continue;
    ranking_.users.push_back(user);
    ranking_.starts.push_back(by_user_.starts[static_cast<std::size_t>(user)]);
  }
  const std::size_t m = ranking_.users.size();
  ranking_.items = items;
  ranking_.length = std::min<std::int64_t>(needs.list, items);
  ranking_.counts.assign(m, 0);
  ranking_.relevants.assign(m, 0);
  ranking_.lists.assign(m * static_cast<std::size_t>(ranking_.length), -1);
  ranking_.values.assign(ranking_.lists.size(), std::numeric_limits<float>::quiet_NaN());
  ranking_.relevant.resize(part.size());
  if (needs.ranks) ranking_.ranks.resize(part.size());
}

void RankingBuilder::own_items(std::size_t n, std::vector<OwnItem>& out) const {
  out.clear();
  for (const std::int32_t row : rows(n)) {
    const auto at = static_cast<std::size_t>(row);
    out.push_back({part_.items[at], part_.values[at]});
  }
  std::sort(out.begin(), out.end(), [](const OwnItem& a, const OwnItem& b) {
    return a.item < b.item || (a.item == b.item && a.value > b.value);
  });
  out.erase(std::unique(out.begin(), out.end(),
                        [](const OwnItem& a, const OwnItem& b) { return a.item == b.item; }),
            out.end());
}

void RankingBuilder::add(std::size_t n, const Candidates& candidates,
                         const std::vector<OwnItem>& own, RankScratch& scratch) {
  const std::size_t count = candidates.scores.size();
  scratch.relevant.clear();
  for (const OwnItem& each : own) {
    if (relevance_ && each.value < static_cast<float>(*relevance_)) continue;
    if (relevant_items_ && !(*relevant_items_)[static_cast<std::size_t>(each.item)]) continue;
    if (place_of(candidates, each.item) < count) scratch.relevant.push_back(each);
  }
  ranking_.counts[n] = static_cast<std::int64_t>(count) - candidates.excluded;
  ranking_.relevants[n] = static_cast<std::int64_t>(scratch.relevant.size());
  float* values = ranking_.relevant.data() + ranking_.starts[n];
  for (std::size_t r = 0; r < scratch.relevant.size(); ++r) values[r] = scratch.relevant[r].value;
  std::sort(values, values + scratch.relevant.size(), std::greater<>());
  if (ranking_.length > 0) list_best(n, candidates, scratch);
  if (needs_.ranks) rank_relevant(n, candidates, scratch);
}

void RankingBuilder::gather(Communicator& communicator, const std::vector<std::int64_t>& first) {
  if (communicator.size() == 1) return;
  gather_rows(communicator, ranking_.counts, first);
  gather_rows(communicator, ranking_.relevants, first);
  std::vector<std::int64_t> first_listed, first_relevant;
  for (const std::int64_t user : first) {
    const auto at = static_cast<std::size_t>(user);
    first_listed.push_back(user * ranking_.length);
    first_relevant.push_back(at < ranking_.size()
                                 ? ranking_.starts[at]
                                 : static_cast<std::int64_t>(ranking_.relevant.size()));
  }
  gather_rows(communicator, ranking_.lists, first_listed);
  gather_rows(communicator, ranking_.values, first_listed);
  gather_rows(communicator, ranking_.relevant, first_relevant);
  if (needs_.ranks) gather_rows(communicator, ranking_.ranks, first_relevant);
}

// A heap of the best so far, the last of them at its top. Candidates come with ascending ids, so
// one whose score only equals the last one's stands behind it.
void RankingBuilder::list_best(std::size_t n, const Candidates& candidates, RankScratch& scratch) {
  const auto length = static_cast<std::size_t>(ranking_.length);
  const float* scores = candidates.scores.data();
  const std::size_t count = candidates.scores.size();
  std::vector<Scored>& best = scratch.best;
  best.clear();
  float limit = kNone;
  const auto take = [&](std::size_t place) {
    if (!(scores[place] > limit)) return;
    if (best.size() == length) {
      std::pop_heap(best.begin(), best.end(), StandsBefore());
      best.pop_back();
    }
    best.emplace_back(scores[place], item_at(candidates, place));
    std::push_heap(best.begin(), best.end(), StandsBefore());
    if (best.size() == length) limit = best.front().first;
  };
  std::size_t place = 0;
  for (; place + 32 <= count; place += 32) {
    if (!any_above(scores + place, limit)) continue;
    for (std::size_t each = place; each < place + 32; ++each) take(each);
  }
  for (; place < count; ++place) take(place);
  std::sort_heap(best.begin(), best.end(), StandsBefore());

  const std::size_t first = n * length;
  for (std::size_t k = 0; k < best.size(); ++k) {
    const std::int32_t item = best[k].second;
    ranking_.lists[first + k] = item;
    const auto found =
        std::lower_bound(scratch.relevant.begin(), scratch.relevant.end(), item,
                         [](const OwnItem& own, std::int32_t wanted) { return own.item < wanted; });
    if (found != scratch.relevant.end() && found->item == item) {
      ranking_.values[first + k] = found->value;
    }
  }
}

// For each relevant item all candidates are counted, a pass of comparisons without a branch: as
// many as there are rows to evaluate, times the items, a float each, eight at once.
void RankingBuilder::rank_relevant(std::size_t n, const Candidates& candidates,
                                   RankScratch& scratch) {
  const float* scores = candidates.scores.data();
  const std::size_t count = candidates.scores.size();
  std::vector<Scored>& ordered = scratch.ordered;
  ordered.clear();
  for (const OwnItem& each : scratch.relevant) {
    ordered.emplace_back(scores[place_of(candidates, each.item)], each.item);
  }
  std::sort(ordered.begin(), ordered.end(), StandsBefore());
  RelevantRank* rank = ranking_.ranks.data() + ranking_.starts[n];
  std::size_t first = 0, end = 0;  // the relevant items of the same score
  for (std::size_t r = 0; r < ordered.size(); ++r, ++rank) {
    const float score = ordered[r].first;
    if (r == end) {
      first = r;
      while (end < ordered.size() && ordered[end].first == score) ++end;
    }
    const std::size_t place = place_of(candidates, ordered[r].second);
    const Compared before = compare(scores, place, score);
    const Compared behind = compare(scores + place, count - place, score);
    const std::int64_t above = std::int64_t{before.above} + behind.above;
    rank->rank = above + before.equal + 1;
    rank->above = above - static_cast<std::int64_t>(first);
    rank->tied = std::int64_t{before.equal} + behind.equal - static_cast<std::int64_t>(end - first);
  }
}

}  // namespace cofi::eval
