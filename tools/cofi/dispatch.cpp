// Finds the subcommand and calls it.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "core/suggest.hpp"

namespace cofi::cli {
namespace {

std::vector<Command> commands() {
  return {run_command(),    report_command(),       evaluate_command(),  compare_command(),
          replay_command(), predict_command(),      recommend_command(), similar_command(),
          check_command(),  list_command(),         describe_command(),  schema_command(),
          new_command(),    check_plugin_command(), comm_command(),      export_command()};
}

std::string help(const std::vector<Command>& commands) {
  std::string text =
      "Usage: cofi COMMAND [arguments]\n\n"
      "Runs collaborative-filtering experiments that YAML files describe.\n\n"
      "Commands:\n";
  for (const Command& command : commands) {
    std::string usage = command.name + " " + command.positionals;
    usage.resize(std::max<std::size_t>(usage.size(), 28), ' ');
    text += "  " + usage + "  " + command.summary + "\n";
  }
  return text +
         "  --version                     Prints what this build is made of.\n"
         "\nExamples:\n"
         "  cofi run experiments/quickstart.yaml\n"
         "  cofi run spec.yaml --set models.svd.factors=50 --out runs/fifty\n"
         "  cofi describe model/svd\n"
         "  cofi COMMAND --help\n"
         "\nExit codes: 0 done, 1 a bug in cofi, 2 something to mend, 3 some cells failed, "
         "130 interrupted.\n";
}

}  // namespace

int dispatch(const std::vector<std::string>& words) {
  const std::vector<Command> all = commands();
  if (words.empty()) {
    std::cerr << help(all);
    return 2;
  }
  if (words[0] == "--help" || words[0] == "-h") {
    std::cout << help(all);
    return 0;
  }
  if (words[0] == "--version") {
    std::cout << version_text();
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : all) {
    if (command.name == words[0]) {
      const std::vector<std::string> rest(words.begin() + 1, words.end());
      for (const std::string& word : rest) {
        if (word == "--") break;
        if (word == "--help" || word == "-h") {
          std::cout << command.help();
          return 0;
        }
      }
      return command.call(command.parse(rest));
    }
    names.push_back(command.name);
  }
  const bool option = words[0][0] == '-';
  if (option) names = {"--help", "--version"};
  throw Error("cofi has no ", option ? "option '" : "command '", words[0], "'",
              choices(words[0], names));
}

}  // namespace cofi::cli
