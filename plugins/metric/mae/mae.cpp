// Mean absolute error of rating predictions.
#include <cmath>

#include "cofi/mean_error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Mae final : public cofi::Metric {
 public:
  explicit Mae(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_error(context, [](double e) { return std::abs(e); });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Mae, "mae", "1.0.0", "Mean absolute error.", cofi::kNoParams)
