// Ranks that MPI's own launcher starts.
#pragma once

#include "world/launcher.hpp"

namespace cofi::world {

// Becomes mpirun, which starts this program once for each rank, with the same arguments. An Error
// where there is no mpirun, or where the launch is not of a whole world.
[[noreturn]] COFI_API void start_by_mpirun(const Launch& options);

}  // namespace cofi::world
