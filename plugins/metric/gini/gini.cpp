// How unequally the items share the places in the lists.
#include <algorithm>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
};

class Gini final : public cofi::RankingMetric {
 public:
  explicit Gini(const cofi::Params& params) : at_(params.integer("at")) {}
  bool higher_is_better() const override { return false; }
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    auto times = cofi::times_listed(*context.ranking, at_);
    std::sort(times.begin(), times.end());
    const auto n = static_cast<double>(times.size());
    double weighted = 0, sum = 0;
    for (std::size_t j = 0; j < times.size(); ++j) {
      weighted += (2 * static_cast<double>(j + 1) - n - 1) * static_cast<double>(times[j]);
      sum += static_cast<double>(times[j]);
    }
    cofi::MetricValue index;
    if (sum > 0) index.value = weighted / (n * sum);
    return index;
  }

 private:
  std::int64_t at_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Gini, "gini", "1.0.0",
            "Gini index of how often items are listed; 0: all alike.", kParams)
