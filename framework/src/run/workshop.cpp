#include "run/workshop.hpp"

#include <algorithm>

#include "cofi/solo_communicator.hpp"

#include "run/machine.hpp"
#include "run/staged_communicator.hpp"

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

std::unique_ptr<Communicator> join(Backend* backend, World place, c10::Device device) {
  if (backend == nullptr) return std::make_unique<SoloCommunicator>();
  place.device = device;
  return connected(*backend, place);
}

}  // namespace

OpenWorkshop::OpenWorkshop(const spec::Experiment& experiment, const plugin::Registry& registry,
                           const World& place)
    : pool_(threads_of(experiment, place)),
      paths_(search_path(experiment.folder)),
      device_(device_named(experiment.device, place.local_rank)),
      backend_(backend_of(experiment, registry, place, device_)),
      communicator_(join(backend_.get(), place, device_)),
      ranks_(place, communicator_),
      sources_(registry, paths_, pool_, ranks_),
      folds_(registry, paths_, pool_),
      workshop{registry,      pool_,  device_,
               communicator_, ranks_, sources_,
               folds_,        paths_, experiment.ranks > 0 ? experiment.ranks : place.size} {}

}  // namespace cofi::run
