// cofi replay
#include <cstdlib>
#include <string>

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

int call_replay(const Arguments& arguments) {
  run::ReplayOptions options;
  options.folder = arguments.positionals[0];
  options.out = arguments.text("out");
  options.verbosity = verbosity_of(arguments);
  options.worker_threads = std::atoll(arguments.text("worker").c_str());
  return run::replay(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

}  // namespace

Command replay_command() {
  return {"replay",
          "RUN",
          1,
          1,
          "Runs a finished run again and says cell by cell whether the numbers are the same.",
          {{"out", "DIR", "Where to run it again (default: RUN-replay)."},
           {"quiet,q", "", "Print no progress."},
           {"verbose,v", "", "Print more."},
           plugin_path_option(),
           {"worker", "THREADS", ""}},
          "cofi replay runs/quickstart",
          &call_replay};
}

}  // namespace cofi::cli
