// Mean absolute error divided by the width of the rating scale (Goldberg et al. 2001).
#include <cmath>
#include <limits>

#include "cofi/mean_error.hpp"
#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Nmae final : public cofi::Metric {
 public:
  explicit Nmae(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const double width = double{context.scale.high} - context.scale.low;
    return cofi::transformed(
        cofi::mean_error(context, [](double e) { return std::abs(e); }), [width](double mae) {
          return width > 0 ? mae / width : std::numeric_limits<double>::quiet_NaN();
        });
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Nmae, "nmae", "1.0.0",
            "Mean absolute error over the width of the rating scale.", cofi::kNoParams)
