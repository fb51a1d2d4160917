// The runner: finds the subcommand, and turns what it throws into an exit code.
#include <c10/util/Exception.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "core/suggest.hpp"

namespace {

using cofi::cli::Command;

// README.md and CONTRIBUTING.md promise these.
enum ExitCode { kDone = 0, kBug = 1, kUserError = 2, kInterrupted = 130 };

std::vector<Command> commands() {
  using namespace cofi::cli;
  return {run_command(),          check_command(), list_command(),  describe_command(),
          check_plugin_command(), new_command(),   export_command()};
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

int dispatch(const std::vector<std::string>& words) {
  const std::vector<Command> all = commands();
  if (words.empty()) {
    std::cerr << help(all);
    return kUserError;
  }
  if (words[0] == "--help" || words[0] == "-h") {
    std::cout << help(all);
    return kDone;
  }
  if (words[0] == "--version") {
    std::cout << cofi::cli::version_text();
    return kDone;
  }
  std::vector<std::string> names;
  for (const Command& command : all) {
    if (command.name == words[0]) {
      const std::vector<std::string> rest(words.begin() + 1, words.end());
      for (const std::string& word : rest) {
        if (word == "--") break;
        if (word == "--help" || word == "-h") {
          std::cout << command.help();
          return kDone;
        }
      }
      return command.call(command.parse(rest));
    }
    names.push_back(command.name);
  }
  const bool option = words[0][0] == '-';
  if (option) names = {"--help", "--version"};
  throw cofi::Error("cofi has no ", option ? "option '" : "command '", words[0], "'",
                    cofi::choices(words[0], names));
}

int guarded(const std::vector<std::string>& words) {
  std::string bug;
  try {
    return dispatch(words);
  } catch (const cofi::Interrupted& interrupted) {
    std::cerr << interrupted.what() << "\n";
    return kInterrupted;
  } catch (const cofi::Error& error) {
    std::cerr << error.what() << "\n";
    return kUserError;
  } catch (const c10::Error& error) {
    bug = error.what_without_backtrace();
  } catch (const std::exception& error) {
    bug = error.what();
  }
  std::cerr << "this is a bug in cofi: " << bug << "\n";
  return kBug;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away ends the printing, not the run.
  std::signal(SIGPIPE, SIG_IGN);
  const int code = guarded({argv + 1, argv + argc});
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) != 0 || !std::cout) {
    if (errno == EPIPE) return code;
    std::cerr << "cannot write the results to the standard output: " << std::strerror(errno)
              << "\n";
    return code == kDone ? static_cast<int>(kUserError) : code;
  }
  return code;
}
