// Which processes a run is to have: from flags, then the environment, then the spec.
#pragma once

#include <string>

#include "run/commands.hpp"
#include "spec/experiment.hpp"
#include "world/launcher.hpp"

namespace cofi::run {

// An Error where the flags contradict each other or are no numbers.
COFI_API world::Launch launch_of(const ProcessOptions& flags, const spec::Experiment& experiment);

}  // namespace cofi::run
