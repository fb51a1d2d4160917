#include <c10/util/Exception.h>

#include <stdexcept>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("what", "error", "error|rule|std|c10|other|interrupted", "What to throw."),
};

class Throwing final : public cofi::Metric {
 public:
  explicit Throwing(const cofi::Params& params) {
    const std::string& what = params.text("what");
    if (what == "error") throw cofi::Error("the moon is in the wrong phase");
    if (what == "rule") throw params.error("what", "'rule' needs a ruler");
    if (what == "std") throw std::out_of_range("out of some range");
    if (what == "c10") TORCH_CHECK(false, "a tensor of the wrong shape");
    if (what == "interrupted") throw cofi::Interrupted();
    throw 42;
  }
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override { return {}; }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Throwing, "throwing", "1.0.0", "Throws when it is built.", kParams)
