// A world of one process, in which every collective is the identity.
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/solo_communicator.hpp"

namespace {

class Local final : public cofi::Backend {
 public:
  explicit Local(const cofi::Params&) {}

  std::vector<cofi::Capability> capabilities() const override {
    return cofi::all_operations(cofi::Support::kNative, cofi::Support::kNative);
  }

  std::unique_ptr<cofi::Communicator> connect(const cofi::World& world) override {
    if (world.size != 1) {
      throw cofi::Error("backend/local: joins one process to itself, and this run has ", world.size,
                        "; name a backend that connects processes (`cofi list backend` shows what "
                        "there is), or set launch.processes to 1");
    }
    return std::make_unique<cofi::SoloCommunicator>();
  }
};

}  // namespace

COFI_PLUGIN(cofi::Backend, Local, "local", "1.0.0", "One process by itself.", cofi::kNoParams)
