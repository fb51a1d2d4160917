// Rank-biased precision.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::real("patience", "0.85", 0, 0.999999, "Probability of looking at the next item."),
};

class Rbp final : public cofi::RankingMetric {
 public:
  explicit Rbp(const cofi::Params& params)
      : at_(params.integer("at")), patience_(params.real("patience")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          double sum = 0, weight = 1 - patience_;
          for (std::size_t k = 0; k < user.list.size(); ++k, weight *= patience_) {
            if (user.hit(k)) sum += weight;
          }
          return sum;
        });
  }

 private:
  std::int64_t at_;
  double patience_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Rbp, "rbp", "1.0.0", "Rank-biased precision.", kParams)
