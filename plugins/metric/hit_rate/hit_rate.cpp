// Share of users with a relevant item among the first K.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class HitRate final : public cofi::RankingMetric {
 public:
  explicit HitRate(const cofi::Params& params) : at_(params.integer("at")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant,
        [&](const cofi::RankedUser& user) { return user.hits() > 0 ? 1.0 : 0.0; });
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, HitRate, "hit_rate", "1.0.0",
            "Share of users with a relevant item among the first K.", kParams)
