// Mean number of training interactions of listed items.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class Popularity final : public cofi::RankingMetric {
 public:
  explicit Popularity(const cofi::Params& params) : at_(params.integer("at")) {}
  bool higher_is_better() const override { return false; }
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kAllUsers, [&](const cofi::RankedUser& user) {
          double sum = 0;
          for (const std::int32_t item : user.list) {
            sum += static_cast<double>(context.item_counts[static_cast<std::size_t>(item)]);
          }
          return sum / static_cast<double>(user.list.size());  // NaN for an empty list
        });
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Popularity, "popularity", "1.0.0",
            "Mean number of training interactions of listed items.", kParams)
