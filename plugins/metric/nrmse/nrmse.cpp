// Root of the mean squared error divided by the width of the rating scale.
#include <cmath>
#include <limits>

#include "cofi/mean_error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Nrmse final : public cofi::Metric {
 public:
  explicit Nrmse(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const double width = double{context.scale.high} - context.scale.low;
    return cofi::transformed(
        cofi::mean_error(context, [](double e) { return e * e; }), [width](double mse) {
          return width > 0 ? std::sqrt(mse) / width : std::numeric_limits<double>::quiet_NaN();
        });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Nrmse, "nrmse", "1.0.0",
            "Root of the mean squared error over the width of the rating scale.", cofi::kNoParams)
