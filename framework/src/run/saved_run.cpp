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
  if (!manifest.contains("own_metrics")) return experiment;
  experiment.ranks = manifest.at("ranks").get<std::int64_t>();
  // What was added to a finished run is nothing that its fits depend on.
  const auto own = manifest.at("own_metrics").get<std::size_t>();
  for (spec::Row& row : experiment.rows) row.own_metrics = own;
  for (spec::Search& search : experiment.searches) {
    search.row = [make = std::move(search.row), own](const std::vector<double>& numbers,
                                                     std::int64_t resource) {
      spec::Row row = make(numbers, resource);
      row.own_metrics = own;
      return row;
    };
  }
  return experiment;
}

}  // namespace cofi::run
