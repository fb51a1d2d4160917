// One call of the runner on a run's folder: plan, run what is missing, write the tables.
#pragma once

#include <cstdint>
#include <string>

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"
#include "world/membership.hpp"

namespace cofi::run {

struct Session {
  std::string folder;
  bool fresh = false;           // forget what the folder holds
  bool dry_run = false;         // say what would run
  int dry_world = 1;            // in a world of so many ranks
  bool evaluates_only = false;  // an Error where something would have to be trained
  bool quiet = false;           // print no tables
  int verbosity = 0;            // -1: errors alone, 0: progress, 1: more
  // In a child of the run: how many threads it has; it runs what the parent tells it to (see
  // worker.hpp). 0: this is no child.
  std::int64_t worker_threads = 0;
  world::Membership* membership = nullptr;  // of a rank; null where there is one process
};

// The exit code: 0 done, 3 some cells failed, 130 interrupted (state saved).
int run_session(spec::Experiment experiment, const Session& session,
                const plugin::Registry& registry);

}  // namespace cofi::run
