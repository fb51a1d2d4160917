// What the environment says of a rank's place.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "world/member.hpp"
#include "world/membership.hpp"

namespace cofi::world {

// The seat that our launcher gave this process, if it did.
COFI_API std::optional<Seat> seat_from_launcher();
// A rank that another launcher started.
struct ForeignRank {
  std::string launcher;  // "torchrun", "mpirun", "srun", or "the environment" (RANK, WORLD_SIZE)
  int rank = 0, size = 1, local_rank = 0, local_size = 1;
  int generation = 1;
  std::string meeting;  // a rendezvous' url; empty: it must be given
};

// What the environment says of this process: torchrun's or anybody's RANK, WORLD_SIZE, LOCAL_RANK,
// LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT, Open MPI's OMPI_COMM_WORLD_*, PMI's PMI_RANK and
// PMI_SIZE, Slurm's variables of a step. Nothing where it is the only process. An Error where they
// are no numbers, or contradict each other.
COFI_API std::optional<ForeignRank> rank_from_environment();

// The variables that the launcher sets for it.
COFI_API std::vector<std::pair<std::string, std::string>> variables_of(const Seat& seat);

}  // namespace cofi::world
