// cofi evaluate
#include <cstdlib>
#include <string>

#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

int call_evaluate(const Arguments& arguments) {
  run::EvaluateOptions options;
  options.folder = arguments.positionals[0];
  options.metrics = arguments.text("metrics");
  if (options.metrics.empty()) {
    throw Error("cofi evaluate needs --metrics, what to compute: --metrics mae,ndcg@10");
  }
  options.verbosity = verbosity_of(arguments);
  options.worker_threads = std::atoll(arguments.text("worker").c_str());
  return run::evaluate_run(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

}  // namespace

Command evaluate_command() {
  return {"evaluate",
          "RUN",
          1,
          1,
          "Adds metrics to a finished run, from its saved models and without training.",
          {{"metrics", "LIST", "What to compute: names as mae,ndcg@10 or a YAML list."},
           {"quiet,q", "", "Print errors alone."},
           {"verbose,v", "", "Print more."},
           plugin_path_option(),
           {"worker", "THREADS", ""}},
          "cofi evaluate runs/quickstart --metrics mse,ndcg@10\n"
          "cofi evaluate runs/quickstart --metrics '[{use: ndcg, at: 10, gain: linear}]'",
          &call_evaluate};
}

}  // namespace cofi::cli
