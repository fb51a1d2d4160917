#include "run/workshop.hpp"

#include "run/machine.hpp"

namespace cofi::run {
namespace {

int threads_of(const spec::Experiment& experiment) {
  use_one_library_thread();
  return experiment.threads > 0 ? static_cast<int>(experiment.threads) : available_cpus();
}

std::unique_ptr<Backend> backend_of(const spec::Experiment& experiment,
                                    const plugin::Registry& registry) {
  const auto processes = experiment.launch.at("processes").get<std::string>();
  if (processes != "1" && processes != "auto") {
    throw Error(experiment.file, ": launch.processes: ", processes,
                ": this version runs one process; leave it out, or set it to 1 or auto");
  }
  return registry.build<Backend>(experiment.launch.at("backend"), "launch.backend");
}

}  // namespace

OpenWorkshop::OpenWorkshop(const spec::Experiment& experiment, const plugin::Registry& registry)
    : pool_(threads_of(experiment)),
      paths_(search_path(experiment.folder)),
      backend_(backend_of(experiment, registry)),
      communicator_(backend_->connect({})),
      sources_(registry, paths_, pool_),
      folds_(registry, paths_, pool_),
      workshop{registry, pool_, device_named(experiment.device), *communicator_, sources_,
               folds_,   paths_} {}

}  // namespace cofi::run
