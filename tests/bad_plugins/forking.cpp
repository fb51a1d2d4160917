#include <csignal>
#include <unistd.h>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Forking final : public cofi::Metric {
 public:
  explicit Forking(const cofi::Params&) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override {
    const pid_t runner = getppid();
    // Has all that this process has open until the runner has ended.
    if (fork() == 0) {
      while (kill(runner, 0) == 0) usleep(10000);
      _exit(0);
    }
    _exit(7);
  }
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Forking, "forking", "1.0.0", "Leaves a process behind.", cofi::kNoParams)
