// Ranks that talk over TCP by Gloo, through LibTorch's c10d.
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <cstdlib>
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/plugin/plugin.hpp"

#include "c10d/connect.hpp"

namespace {

std::shared_ptr<gloo::transport::Device> device_of(const cofi::World& world) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != 0) {
    return c10d::ProcessGroupGloo::createDeviceForInterface(interface);
  }
  return c10d::ProcessGroupGloo::createDeviceForHostname(world.address.empty() ? "127.0.0.1"
                                                                               : world.address);
}

class Gloo final : public cofi::Backend {
 public:
  explicit Gloo(const cofi::Params&) {}

  std::vector<cofi::Capability> capabilities() const override {
    using cofi::Support;
    std::vector<cofi::Capability> all = cofi::all_operations(Support::kNative, Support::kAbsent);
    for (cofi::Capability& each : all) {
      const bool emulated = each.operation == "reduce_scatter" || each.operation == "all_to_all";
      if (emulated) each.cpu = Support::kEmulated;
    }
    return all;
  }

  std::unique_ptr<cofi::Communicator> connect(const cofi::World& world) override {
    c10d_backend::Engine engine;
    engine.name = "gloo";
    engine.group = [](const auto& store, const cofi::World& place) {
      const auto options = c10d::ProcessGroupGloo::Options::create(c10d_backend::kForever);
      options->devices.push_back(device_of(place));
      return c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.size, options);
    };
    return c10d_backend::connect(engine, world);
  }
};

}  // namespace

COFI_PLUGIN(cofi::Backend, Gloo, "gloo", "1.0.0", "Processes that talk over TCP, by Gloo.",
            cofi::kNoParams)
