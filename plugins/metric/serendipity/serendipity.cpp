// Hits that a popularity recommender would not have made. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::integer("primitive", "null", 1, 1000000,
                  "How many items the popularity recommender lists (as many as `at`)."),
    cofi::choice("normalizer", "listed", "listed|unexpected",
                 "Divide by the listed items, or by the unexpected ones among them."),
};

class Serendipity final : public cofi::RankingMetric {
 public:
  explicit Serendipity(const cofi::Params& params)
      : at_(params.integer("at")),
        primitive_(params.has("primitive") ? params.integer("primitive") : at_),
        of_unexpected_(params.text("normalizer") == "unexpected") {}

  cofi::RankingNeeds ranking() const override { return {at_}; }

  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const std::vector<std::int64_t> places = places_by_popularity(context.item_counts);
    const cofi::Interactions& train = *context.train;
    const cofi::Grouping trained =
        cofi::group_by(train.users, static_cast<std::int32_t>(context.user_counts.size()));
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          // The places of what the user has: the primitive recommender leaves them out.
          std::vector<std::int64_t> own;
          for (const std::int32_t row : trained.group(user.user)) {
            own.push_back(places[static_cast<std::size_t>(train.items[row])]);
          }
          std::sort(own.begin(), own.end());
          own.erase(std::unique(own.begin(), own.end()), own.end());
          double unexpected = 0, serendipitous = 0;
          for (std::size_t k = 0; k < user.list.size(); ++k) {
            const std::int64_t place = places[static_cast<std::size_t>(user.list[k])];
            const auto above = std::lower_bound(own.begin(), own.end(), place) - own.begin();
            if (place - above < primitive_) continue;
            ++unexpected;
            if (user.hit(k)) ++serendipitous;
          }
          // 0 / 0, a user without unexpected items, is NaN and left out.
          return serendipitous /
                 (of_unexpected_ ? unexpected : static_cast<double>(user.list.size()));
        });
  }

 private:
  // [items] 0: the item with the most training interactions; of equal ones the lower id first.
  static std::vector<std::int64_t> places_by_popularity(cofi::View<std::int64_t> counts) {
    std::vector<std::size_t> order(counts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
    std::vector<std::int64_t> places(counts.size());
    for (std::size_t n = 0; n < order.size(); ++n) places[order[n]] = static_cast<std::int64_t>(n);
    return places;
  }

  std::int64_t at_, primitive_;
  bool of_unexpected_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Serendipity, "serendipity", "1.0.0",
            "Share of hits that a popularity recommender would not have made.", kParams)
