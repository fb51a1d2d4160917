// Harmonic mean of precision and recall.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class F1 final : public cofi::RankingMetric {
 public:
  explicit F1(const cofi::Params& params) : at_(params.integer("at")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          // 2PR / (P + R) with P = hits / K and R = hits / relevant.
          return 2 * static_cast<double>(user.hits()) /
                 (static_cast<double>(at_) + static_cast<double>(user.relevant.size()));
        });
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, F1, "f1", "1.0.0", "Harmonic mean of precision and recall.", kParams)
