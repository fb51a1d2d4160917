// Sum of the reciprocal ranks of all hits.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class Arhr final : public cofi::RankingMetric {
 public:
  explicit Arhr(const cofi::Params& params) : at_(params.integer("at")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(*context.ranking, at_, cofi::Over::kUsersWithRelevant,
                                 [&](const cofi::RankedUser& user) {
                                   double sum = 0;
                                   for (std::size_t k = 0; k < user.list.size(); ++k) {
                                     if (user.hit(k)) sum += 1 / static_cast<double>(k + 1);
                                   }
                                   return sum;
                                 });
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Arhr, "arhr", "1.0.0", "Average reciprocal hit rank: all hits count.",
            kParams)
