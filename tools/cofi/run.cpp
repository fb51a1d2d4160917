// cofi run
#include <cstdlib>
#include <string>

#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

// Worlds of several processes: understood, so that the message can say what is the matter.
void refuse_several_processes(const Arguments& arguments) {
  for (const char* name : {"np", "ranks", "world", "master"}) {
    const std::string value = arguments.text(name);
    if (value.empty() || (std::string(name) == "np" && value == "1")) continue;
    throw Error("--", name, " ", value,
                " is not available in this version: no backend connects more than one process "
                "(--np 1 is what there is)");
  }
}

int call_run(const Arguments& arguments) {
  refuse_several_processes(arguments);
  run::RunOptions options;
  options.spec = arguments.positionals[0];
  options.overrides = arguments.texts("set");
  options.out = arguments.text("out");
  options.fresh = arguments.flag("fresh");
  options.dry_run = arguments.flag("dry-run");
  options.verbosity = verbosity_of(arguments);
  options.worker_threads = std::atoll(arguments.text("worker").c_str());
  return run::run(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

}  // namespace

Command run_command() {
  return {"run",
          "SPEC",
          1,
          1,
          "Trains and evaluates what a spec says; run again, it goes on where it stopped.",
          {set_option(),
           {"out", "DIR", "The run's folder (default: runs/<the spec's name>)."},
           {"fresh", "", "Forget what the folder holds and start anew."},
           {"dry-run", "", "Print the resolved spec, its cells and what they need; train nothing."},
           {"np", "N", "Processes on this machine (this version: 1)."},
           {"ranks", "A-B", "The ranks that this machine runs (not in this version)."},
           {"world", "N", "Processes on all machines (not in this version)."},
           {"master", "HOST:PORT", "Where the ranks meet (not in this version)."},
           {"quiet,q", "", "Print errors alone."},
           {"verbose,v", "", "Print more."},
           plugin_path_option(),
           {"worker", "THREADS", ""}},
          "cofi run experiments/quickstart.yaml\n"
          "cofi run spec.yaml --set models.svd.factors=50 --set seed=1 --out runs/fifty\n"
          "cofi run spec.yaml --dry-run",
          &call_run};
}

}  // namespace cofi::cli
