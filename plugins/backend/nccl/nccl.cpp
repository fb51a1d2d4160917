// Ranks with a GPU each that talk by NCCL, through LibTorch's c10d. (USE_C10D_NCCL is its own.)
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <memory>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/plugin/plugin.hpp"

#include "c10d/connect.hpp"

namespace {

class Nccl final : public cofi::Backend {
 public:
  explicit Nccl(const cofi::Params&) {}

  std::vector<cofi::Capability> capabilities() const override {
    return cofi::all_operations(cofi::Support::kAbsent, cofi::Support::kNative);
  }

  std::unique_ptr<cofi::Communicator> connect(const cofi::World& world) override {
    if (world.size > 1 && !world.device.is_cuda()) {
      throw cofi::Error("backend/nccl: connects GPUs, and rank ", world.rank, " works on ",
                        world.device.str(), ": set device: cuda, or choose backend: {use: gloo}");
    }
    c10d_backend::Engine engine;
    engine.name = "nccl";
    engine.reduce_scatter = engine.all_to_all = true;
    engine.group = [](const auto& store, const cofi::World& place) {
      const auto options = c10d::ProcessGroupNCCL::Options::create();
      options->timeout = c10d_backend::kForever;
      return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.size, options);
    };
    return c10d_backend::connect(engine, world);
  }
};

}  // namespace

COFI_PLUGIN(cofi::Backend, Nccl, "nccl", "1.0.0", "Processes with a GPU each, by NCCL.",
            cofi::kNoParams)
