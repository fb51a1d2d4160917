// What metrics of lists compute from: each evaluated user's best candidates and relevant items.
//
// The rules, for all of them:
// - Evaluated are the users with an interaction in the evaluated part (test, ...), ascending.
// - A user's candidates are the items that `evaluate.candidates` names, without those that the user
//   has in training (`evaluate.exclude_train`).
// - A candidate stands before another if its score is higher, or equal and its id lower: items with
//   equal scores come in the order in which the data first name them.
// - Relevant are the user's items of the evaluated part that are candidates, and whose value is at
//   least `evaluate.relevance` where that is set. An item that comes twice counts once, with its
//   highest value.
// - Metrics of relevance leave out users without a relevant item; metrics of the lists alone
//   (coverage, novelty, ...) take all evaluated users.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/abi.h"

namespace cofi {

// Where a relevant item stands among its user's candidates.
struct RelevantRank {
  std::int64_t rank = 0;   // 1: before all others
  std::int64_t above = 0;  // candidates that are not relevant and have a higher score
  std::int64_t tied = 0;   // those that have the same
};

// One user of a Ranking.
struct RankedUser {
  std::int32_t user;
  std::int64_t candidates;   // how many were ranked
  View<std::int32_t> list;   // [<= cutoff] the best of them, best first
  View<float> values;        // [list] a listed item's value where it is relevant, else NaN
  View<float> relevant;      // the relevant items' values, highest first
  View<RelevantRank> ranks;  // [relevant] best first; empty where no metric asked for them

  bool hit(std::size_t place) const { return !std::isnan(values[place]); }
  std::int64_t hits() const {
    std::int64_t count = 0;
    for (const float value : values) count += std::isnan(value) ? 0 : 1;
    return count;
  }
};

// The lists of m users, filled by the framework.
struct COFI_API Ranking {
  std::int32_t items = 0;               // the catalogue: items of the vocabulary
  std::int64_t length = 0;              // of the longest lists
  std::vector<std::int32_t> users;      // [m] ascending
  std::vector<std::int64_t> counts;     // [m] candidates
  std::vector<std::int32_t> lists;      // [m x length] those of short lists left as -1
  std::vector<float> values;            // [m x length]
  std::vector<std::int64_t> starts;     // [m] where the user's relevant items are in `relevant`
  std::vector<std::int64_t> relevants;  // [m] how many they are
  std::vector<float> relevant;
  std::vector<RelevantRank> ranks;  // like `relevant`, or empty

  std::size_t size() const { return users.size(); }
  // User n's, with the list cut to `at` items.
  RankedUser user(std::size_t n, std::int64_t at) const;
};

// A metric of lists. Scores that only order items are enough for it.
class COFI_API RankingMetric : public Metric {
 public:
  static constexpr unsigned kUses = COFI_USES_RANKING;

  ~RankingMetric() override;
  bool higher_is_better() const override { return true; }
  Output needs() const override { return Output::kScore; }
  RankingNeeds ranking() const override = 0;
};

enum class Over { kUsersWithRelevant, kAllUsers };

// The mean of value(user) over the users, in double and in their order; users whose value is NaN
// are left out. NaN where none is left.
template <class ValueOf>
MetricValue mean_over_users(const Ranking& ranking, std::int64_t at, Over over,
                            const ValueOf& value_of) {
  MetricValue mean;
  double sum = 0;
  for (std::size_t n = 0; n < ranking.size(); ++n) {
    if (over == Over::kUsersWithRelevant && ranking.relevants[n] == 0) continue;
    const double value = value_of(ranking.user(n, at));
    if (std::isnan(value)) continue;
    mean.users.push_back(ranking.users[n]);
    mean.per_user.push_back(value);
    sum += value;
  }
  if (!mean.users.empty()) mean.value = sum / static_cast<double>(mean.users.size());
  return mean;
}

// How often each item stands in a list: [items].
COFI_API std::vector<std::int64_t> times_listed(const Ranking& ranking, std::int64_t at);

}  // namespace cofi
