// Which processes a run is to have: from flags, then the environment, then the spec.
#pragma once

#include <functional>
#include <string>

#include "run/commands.hpp"
#include "spec/experiment.hpp"
#include "world/launcher.hpp"
#include "world/member.hpp"

namespace cofi::run {

// launch: a spec's block of that name. An Error where the flags contradict each other or are no
// numbers.
COFI_API world::Launch launch_of(const ProcessOptions& flags, const spec::Json& launch);

// Calls `body` in each process of the world: with its membership where there are several, with null
// where this one is alone. Starts the processes where no launcher has. An exception ends the world,
// and one rank alone says why. The exit code: what `body` returns, of all ranks.
COFI_API int in_world(const ProcessOptions& flags, const spec::Json& launch,
                      const std::function<int(world::Membership*)>& body);

}  // namespace cofi::run
