// Ranks that talk over TCP by Gloo, through LibTorch's c10d.
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/solo_communicator.hpp"

#include "process_group.hpp"

namespace {

class Gloo final : public cofi::Backend {
 public:
  explicit Gloo(const cofi::Params&) {}

  std::vector<cofi::Capability> capabilities() const override {
    using cofi::Support;
    std::vector<cofi::Capability> all;
    for (const char* operation : {"send", "recv", "broadcast", "reduce", "all_reduce", "gather",
                                  "all_gather", "scatter", "barrier", "subgroup"}) {
      all.push_back({operation, Support::kNative, Support::kAbsent});
    }
    all.push_back({"reduce_scatter", Support::kEmulated, Support::kAbsent});
    all.push_back({"all_to_all", Support::kEmulated, Support::kAbsent});
    return all;
  }

  std::unique_ptr<cofi::Communicator> connect(const cofi::World& world) override {
    if (world.size == 1) return std::make_unique<cofi::SoloCommunicator>();
    return std::make_unique<GlooCommunicator>(world, "gloo/");
  }
};

}  // namespace

COFI_PLUGIN(cofi::Backend, Gloo, "gloo", "1.0.0", "Processes that talk over TCP, by Gloo.",
            cofi::kNoParams)
