#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

double nobody_defines_this();

namespace {

class Hollow final : public cofi::Metric {
 public:
  explicit Hollow(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override {
    return {nobody_defines_this(), {}, {}};
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Hollow, "undefined_symbol", "1.0.0", "Calls nobody.", cofi::kNoParams)
