// Starts the ranks of a world on this machine, and watches over them.
#pragma once

#include <string>

#include "cofi/error.hpp"

namespace cofi::world {

struct Launch {
  int first_rank = 0, count = 1;  // of this node
  int world = 1;
  std::string
      master;  // "host:port" where the node of rank 0 hosts the world; empty: it is all here
  double timeout_seconds = 60;
  int max_restarts = 0;
  bool elastic = false;
};

// Runs this program once for each of the node's ranks, with the same arguments, and returns once
// all have ended: 0; 3 where one was killed; else what the worst of them ended with (1, 2, 130, 3,
// in this order). Where a rank has died, all are started again, as often as the launch allows. They
// die with this process.
COFI_API int launch(const Launch& options);

}  // namespace cofi::world
