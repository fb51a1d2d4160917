// Mean squared error of rating predictions.
#include "cofi/mean_error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Mse final : public cofi::Metric {
 public:
  explicit Mse(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_error(context, [](double e) { return e * e; });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Mse, "mse", "1.0.0", "Mean squared error.", cofi::kNoParams)
