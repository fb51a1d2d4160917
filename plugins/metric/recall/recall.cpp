// Share of the relevant items among the first K of a list.
#include <algorithm>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::choice("denominator", "relevant", "relevant|reachable",
                 "relevant: the relevant items; reachable: at most K of them."),
};

class Recall final : public cofi::RankingMetric {
 public:
  explicit Recall(const cofi::Params& params)
      : at_(params.integer("at")), reachable_(params.text("denominator") == "reachable") {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          const auto relevant = static_cast<double>(user.relevant.size());
          return static_cast<double>(user.hits()) /
                 (reachable_ ? std::min(relevant, static_cast<double>(at_)) : relevant);
        });
  }

 private:
  std::int64_t at_;
  bool reachable_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Recall, "recall", "1.0.0",
            "Share of the relevant items among the first K of a list.", kParams)
