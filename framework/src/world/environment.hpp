// What the environment says of a rank's place: our own launcher's variables, those of torchrun, of
// mpirun (Open MPI's and PMI's) and of Slurm.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "world/member.hpp"
#include "world/membership.hpp"

namespace cofi::world {

// The seat that our launcher gave this process, if it did.
std::optional<Seat> seat_from_launcher();
// The variables that the launcher sets for it.
std::vector<std::pair<std::string, std::string>> variables_of(const Seat& seat);

}  // namespace cofi::world
