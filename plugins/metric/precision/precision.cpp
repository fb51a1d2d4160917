// Relevant items among the first K of a list.
#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::choice("denominator", "cutoff", "cutoff|listed",
                 "cutoff: K; listed: as many as the list has, where candidates are fewer."),
};

class Precision final : public cofi::RankingMetric {
 public:
  explicit Precision(const cofi::Params& params)
      : at_(params.integer("at")), listed_(params.text("denominator") == "listed") {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          const auto listed = static_cast<double>(user.list.size());
          return static_cast<double>(user.hits()) / (listed_ ? listed : static_cast<double>(at_));
        });
  }

 private:
  std::int64_t at_;
  bool listed_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Precision, "precision", "1.0.0",
            "Relevant items among the first K of a list.", kParams)
