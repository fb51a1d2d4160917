#include <unistd.h>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Endless final : public cofi::Metric {
 public:
  explicit Endless(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override {
    while (true) pause();
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Endless, "endless", "1.0.0", "Waits for ever.", cofi::kNoParams)
