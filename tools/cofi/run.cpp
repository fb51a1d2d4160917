// cofi run
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

int call_run(const Arguments& arguments) {
  run::RunOptions options;
  options.spec = arguments.positionals[0];
  options.overrides = arguments.texts("set");
  options.out = arguments.text("out");
  options.fresh = arguments.flag("fresh");
  options.dry_run = arguments.flag("dry-run");
  options.verbosity = verbosity_of(arguments);
  options.worker_threads = std::atoll(arguments.text("worker").c_str());
  options.processes = processes_of(arguments);
  return run::run(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

}  // namespace

Command run_command() {
  std::vector<Option> options = {
      set_option(),
      {"out", "DIR", "The run's folder (default: runs/<the spec's name>)."},
      {"fresh", "", "Forget what the folder holds and start anew."},
      {"dry-run", "", "Print the resolved spec, its cells and what they need; train nothing."}};
  for (Option& option : process_options()) options.push_back(std::move(option));
  options.insert(options.end(), {{"quiet,q", "", "Print errors alone."},
                                 {"verbose,v", "", "Print more."},
                                 plugin_path_option(),
                                 {"worker", "THREADS", ""}});
  return {"run",
          "SPEC",
          1,
          1,
          "Trains and evaluates what a spec says; run again, it goes on where it stopped.",
          std::move(options),
          "cofi run experiments/quickstart.yaml\n"
          "cofi run spec.yaml --set models.svd.factors=50 --set seed=1 --out runs/fifty\n"
          "cofi run spec.yaml --dry-run\n"
          "cofi run spec.yaml --np 4\n"
          "cofi run spec.yaml --ranks 1-3 --world 4 --master 10.0.0.1:29500",
          &call_run};
}

}  // namespace cofi::cli
