// Share of the catalogue that stands in a list.
#include <algorithm>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class Coverage final : public cofi::RankingMetric {
 public:
  explicit Coverage(const cofi::Params& params) : at_(params.integer("at")) {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const auto times = cofi::times_listed(*context.ranking, at_);
    cofi::MetricValue share;
    if (times.empty()) return share;
    const auto listed = std::count_if(times.begin(), times.end(), [](auto n) { return n > 0; });
    share.value = static_cast<double>(listed) / static_cast<double>(times.size());
    return share;
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Coverage, "coverage", "1.0.0",
            "Share of the catalogue that stands in a list.", kParams)
