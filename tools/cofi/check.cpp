// cofi check
#include <iostream>

#include "command.hpp"
#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::cli {
namespace {

int call_check(const Arguments& arguments) {
  const std::string& file = arguments.positionals[0];
  const spec::Experiment experiment = spec::load_experiment(
      file, arguments.texts("set"), plugin::Registry::standard(arguments.texts("plugin-path")));
  const std::size_t rows = experiment.rows.size();
  std::cout << file << ": ok, " << rows << (rows == 1 ? " row" : " rows");
  for (const spec::Search& search : experiment.searches) {
    std::cout << ", a search of " << search.options.trials << " trials";
  }
  std::cout << "\n";
  return 0;
}

}  // namespace

Command check_command() {
  return {"check",
          "SPEC",
          1,
          1,
          "Finds every mistake in a spec without reading data.",
          {set_option(), plugin_path_option()},
          "cofi check spec.yaml\n"
          "cofi check spec.yaml --set models.svd.factors=50",
          &call_check};
}

}  // namespace cofi::cli
