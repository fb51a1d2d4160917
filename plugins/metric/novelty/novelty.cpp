// Mean self-information of listed items.
#include <algorithm>
#include <cmath>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class Novelty final : public cofi::RankingMetric {
 public:
  explicit Novelty(const cofi::Params& params) : at_(params.integer("at")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const auto trained =
        static_cast<double>(std::count_if(context.user_counts.begin(), context.user_counts.end(),
                                          [](std::int64_t count) { return count > 0; }));
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kAllUsers, [&](const cofi::RankedUser& user) {
          double sum = 0;
          for (const std::int32_t item : user.list) {
            const std::int64_t count = context.item_counts[static_cast<std::size_t>(item)];
            sum += std::log2(trained / static_cast<double>(std::max<std::int64_t>(count, 1)));
          }
          return sum / static_cast<double>(user.list.size());  // NaN for an empty list
        });
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Novelty, "novelty", "1.0.0",
            "Mean self-information of listed items, in bits.", kParams)
