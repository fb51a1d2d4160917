#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Crashing final : public cofi::Metric {
 public:
  explicit Crashing(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override {
    volatile double* nowhere = nullptr;
    return {*nowhere, {}, {}};
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Crashing, "crashing", "1.0.0", "Reads address zero.", cofi::kNoParams)
