#include "run/workshop.hpp"

#include <algorithm>

#include "cofi/solo_communicator.hpp"

#include "run/machine.hpp"

namespace cofi::run {
namespace {

// The ranks of a machine share its CPUs.
int threads_of(const spec::Experiment& experiment, const World& place) {
  use_one_library_thread();
  if (experiment.threads > 0) return static_cast<int>(experiment.threads);
  return std::max(1, available_cpus() / place.local_size);
}

// Without one in the spec: what connects processes on this device.
std::unique_ptr<Backend> backend_of(const spec::Experiment& experiment,
                                    const plugin::Registry& registry, const World& place,
                                    c10::Device device) {
  spec::Json backend = experiment.launch.at("backend");
  if (place.size == 1) return nullptr;
  if (backend.is_null()) backend = {{"use", device.is_cuda() ? "nccl" : "gloo"}};
  return registry.build<Backend>(backend, "launch.backend");
}

std::unique_ptr<Communicator> join(Backend* backend, const World& place) {
  if (backend == nullptr) return std::make_unique<SoloCommunicator>();
  return backend->connect(place);
}

// Where tensors have to be for the backend to take them.
c10::Device wire_device(const Backend* backend, c10::Device device) {
  if (backend == nullptr) return c10::kCPU;
  for (const Capability& capability : backend->capabilities()) {
    if (capability.operation == "broadcast" && capability.cpu == Support::kAbsent) return device;
  }
  return c10::kCPU;
}

}  // namespace

OpenWorkshop::OpenWorkshop(const spec::Experiment& experiment, const plugin::Registry& registry,
                           const World& place)
    : pool_(threads_of(experiment, place)),
      paths_(search_path(experiment.folder)),
      device_(device_named(experiment.device, place.local_rank)),
      backend_(backend_of(experiment, registry, place, device_)),
      communicator_(join(backend_.get(), place)),
      ranks_(place, communicator_, wire_device(backend_.get(), device_)),
      sources_(registry, paths_, pool_, ranks_),
      folds_(registry, paths_, pool_),
      workshop{registry, pool_, device_, communicator_, ranks_, sources_, folds_, paths_} {}

}  // namespace cofi::run
