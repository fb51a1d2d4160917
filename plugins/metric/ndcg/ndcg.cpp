// Normalized discounted cumulative gain.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 1, 100000, "The length of the lists."),
    cofi::choice("gain", "exponential", "exponential|linear|binary",
                 "Of a relevant item with value v: 2^v - 1, v, or 1."),
    cofi::choice("ideal", "truncated", "truncated|full",
                 "The ideal list has the K best relevant items, or all of them."),
};

class Ndcg final : public cofi::RankingMetric {
 public:
  explicit Ndcg(const cofi::Params& params)
      : at_(params.integer("at")),
        gain_(params.text("gain")),
        full_(params.text("ideal") == "full") {}
  cofi::RankingNeeds ranking() const override { return {at_}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          double found = 0, ideal = 0;
          for (std::size_t k = 0; k < user.list.size(); ++k) {
            if (user.hit(k)) found += discounted(user.values[k], k);
          }
          std::size_t best = user.relevant.size();
          if (!full_) best = std::min(best, static_cast<std::size_t>(at_));
          for (std::size_t k = 0; k < best; ++k) ideal += discounted(user.relevant[k], k);
          if (!std::isfinite(ideal)) {
            throw cofi::Error("metric/ndcg: the gain 2^v - 1 of the value v = ", user.relevant[0],
                              " is no finite number; use gain: linear, or scale the values down");
          }
          return ideal > 0 ? found / ideal : std::numeric_limits<double>::quiet_NaN();
        });
  }

 private:
  // The gain of a value at place k (0 is first) over log2(k + 2).
  double discounted(float value, std::size_t k) const {
    double gain = 1;
    if (gain_ == "linear") gain = value;
    if (gain_ == "exponential") gain = std::exp2(double{value}) - 1;
    return gain / std::log2(static_cast<double>(k) + 2);
  }

  std::int64_t at_;
  std::string gain_;
  bool full_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Ndcg, "ndcg", "1.0.0", "Normalized discounted cumulative gain.", kParams)
