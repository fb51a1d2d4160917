// cofi comm
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

double seconds_of(const std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (*end != 0 || !(seconds > 0 && seconds <= 1e6)) {
    throw Error("--timeout ", text, ": seconds are expected, more than 0 and at most 1e6");
  }
  return seconds;
}

int call_comm(const Arguments& arguments) {
  run::CommOptions options;
  options.backend = arguments.text("backend");
  if (options.backend.empty()) {
    throw Error("cofi comm needs --backend, what to look at, as --backend gloo; `cofi list ",
                "backend` shows what there is");
  }
  options.processes = processes_of(arguments);
  const std::string timeout = arguments.text("timeout");
  if (!timeout.empty()) options.timeout_seconds = seconds_of(timeout);
  options.check_only = arguments.flag("check");
  return run::comm(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

}  // namespace

Command comm_command() {
  std::vector<Option> options = {{"backend", "NAME", "How the processes talk: gloo, mpi, ..."}};
  for (Option& option : process_options()) options.push_back(std::move(option));
  options.insert(options.end(),
                 {{"timeout", "SECONDS", "How long to wait for a process (default: 60)."},
                  {"check", "", "Check each operation, and time none."},
                  plugin_path_option()});
  return {"comm",
          "",
          0,
          0,
          "Checks what a backend's processes tell each other, and times it.",
          std::move(options),
          "cofi comm --backend gloo --np 4\n"
          "cofi comm --backend gloo --ranks 1 --world 2 --master 10.0.0.1:29500",
          &call_comm};
}

}  // namespace cofi::cli
