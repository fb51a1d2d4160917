#include <cstdlib>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Exiting final : public cofi::Metric {
 public:
  explicit Exiting(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override { std::exit(0); }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Exiting, "exiting", "1.0.0", "Ends the process.", cofi::kNoParams)
