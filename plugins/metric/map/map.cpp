// Mean of the precision at each hit.
#include <algorithm>
#include <string>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::choice(
        "normalizer", "reachable", "reachable|relevant|hits",
        "reachable: relevant items, at most K; relevant: all of them; hits: those listed."),
};

class MeanAveragePrecision final : public cofi::RankingMetric {
 public:
  explicit MeanAveragePrecision(const cofi::Params& params)
      : at_(params.integer("at")), normalizer_(params.text("normalizer")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(*context.ranking, at_, cofi::Over::kUsersWithRelevant,
                                 [&](const cofi::RankedUser& user) {
                                   double sum = 0, hits = 0;
                                   for (std::size_t k = 0; k < user.list.size(); ++k) {
                                     if (user.hit(k)) sum += ++hits / static_cast<double>(k + 1);
                                   }
                                   auto relevant = static_cast<double>(user.relevant.size());
                                   if (normalizer_ == "reachable")
                                     relevant = std::min(relevant, static_cast<double>(at_));
                                   if (normalizer_ == "hits") relevant = hits;
                                   return relevant > 0 ? sum / relevant : 0.0;
                                 });
  }

 private:
  std::int64_t at_;
  std::string normalizer_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, MeanAveragePrecision, "map", "1.0.0", "Mean average precision.", kParams)
