#include "run/saved_run.hpp"

#include <filesystem>
#include <fstream>

#include "cofi/error.hpp"

namespace cofi::run {
namespace fs = std::filesystem;

spec::Json manifest_of_run(const std::string& folder) {
  const std::string file = folder + "/manifest.json";
  if (!fs::exists(folder + "/spec.yaml") || !fs::exists(file)) {
    throw Error(folder, " is no run's folder: it has no spec.yaml or no manifest.json; give the ",
                "folder that cofi run wrote");
  }
  std::ifstream in(file);
  const spec::Json manifest = spec::Json::parse(in, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("folder")) {
    throw Error(file, ": damaged; run the spec again to have it written anew");
  }
  return manifest;
}

spec::Experiment experiment_of_run(const std::string& folder,
                                   const std::vector<std::string>& overrides,
                                   const plugin::Registry& registry) {
  const spec::Json manifest = manifest_of_run(folder);
  auto experiment = spec::load_experiment(folder + "/spec.yaml", overrides, registry);
  experiment.folder = manifest.at("folder").get<std::string>();
  return experiment;
}

}  // namespace cofi::run
