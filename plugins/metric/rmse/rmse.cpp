// Root of the mean squared error of rating predictions.
#include <cmath>

#include "cofi/mean_error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Rmse final : public cofi::Metric {
 public:
  explicit Rmse(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::transformed(cofi::mean_error(context, [](double e) { return e * e; }),
                             [](double mse) { return std::sqrt(mse); });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Rmse, "rmse", "1.0.0", "Root of the mean squared error.", cofi::kNoParams)
