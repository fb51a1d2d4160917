// A run's folder as the source of another run.
#pragma once

#include <string>
#include <vector>

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// The spec that was run, with overrides; its relative paths mean what they meant then. An Error
// where the folder is no run's.
spec::Experiment experiment_of_run(const std::string& folder,
                                   const std::vector<std::string>& overrides,
                                   const plugin::Registry& registry);
// Its manifest.json.
spec::Json manifest_of_run(const std::string& folder);

}  // namespace cofi::run
