// Probability that a relevant candidate stands above one that is not.
#include <limits>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

class Auc final : public cofi::RankingMetric {
 public:
  explicit Auc(const cofi::Params&) {}
  cofi::RankingNeeds ranking() const override { return {0, true}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    // Lists are not looked at.
    return cofi::mean_over_users(
        *context.ranking, 0, cofi::Over::kUsersWithRelevant, [](const cofi::RankedUser& user) {
          const auto relevant = static_cast<double>(user.relevant.size());
          const double others = static_cast<double>(user.candidates) - relevant;
          double wrong = 0;
          for (const cofi::RelevantRank& each : user.ranks) {
            wrong += static_cast<double>(each.above) + static_cast<double>(each.tied) / 2;
          }
          return others > 0 ? 1 - wrong / (relevant * others)
                            : std::numeric_limits<double>::quiet_NaN();
        });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Auc, "auc", "1.0.0", "Area under the ROC curve of a user's candidates.",
            cofi::kNoParams)
