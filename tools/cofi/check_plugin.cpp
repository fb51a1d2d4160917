// cofi check-plugin: asks a plugin all that its kind must do, in a child process, so that a crash,
// an endless loop and a call of exit() are findings, too.
#include "testing/check_plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <optional>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "cofi/error.hpp"

#include "command.hpp"
#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::cli {
namespace {

// How the child says that it came to its end; a plugin that ends the process says something else.
enum ChildExit { kUserError = 2, kPassed = 40, kFailed = 41 };

void print(const testing::Finding& finding) {
  std::cout << (finding.passed ? "ok    " : "FAIL  ") << finding.check
            << (finding.passed ? "" : ": " + finding.message) << "\n";
}

// Where the child tells its parent which check it starts, a line each.
constexpr int kStartedFd = 3;

void tell_parent(const std::string& check) {
  std::cout.flush();  // what was found before must not be lost with the process
  const std::string line = check + "\n";
  // Nobody listens where a user gives --in-process; nothing is lost with the line.
  [[maybe_unused]] const ssize_t written = ::write(kStartedFd, line.data(), line.size());
}

// The last line that the child wrote; it has ended. Without waiting for the pipe's end, which a
// process that a plugin started may keep open.
std::string last_started(int pipe) {
  ::fcntl(pipe, F_SETFL, O_NONBLOCK);
  std::string text;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(pipe, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<std::size_t>(got));
  }
  if (text.empty()) return "";
  text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// "--set damping=3" as a line of YAML.
std::string yaml_of(const std::vector<std::string>& settings) {
  std::string yaml;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == setting.npos || equals == 0) {
      throw Error("--set takes NAME=VALUE, and got '", setting, "'");
    }
    yaml += setting.substr(0, equals) + ": " + setting.substr(equals + 1) + "\n";
  }
  return yaml.empty() ? "{}" : yaml;
}

int check_here(const Arguments& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto registry = plugin::Registry::standard(arguments.texts("plugin-path"));
  const cofi_plugin& plugin = registry.open(arguments.positionals[0]);
  const std::string name = std::string(plugin.kind) + "/" + plugin.name;
  const spec::Json params =
      spec::check_parameters(plugin, yaml_of(arguments.texts("set")), name, registry);
  std::ptrdiff_t failed = 0;
  const testing::Watch watch{[](const std::string& check) { tell_parent(check); },
                             [&](const testing::Finding& finding) {
                               print(finding);
                               if (!finding.passed) ++failed;
                             }};
  const testing::Findings findings = testing::check_plugin(registry, plugin, params, watch);
  std::cout << name << ": "
            << (failed == 0 ? fmt::format("all {} checks passed", findings.size())
                            : fmt::format("{} of {} checks failed", failed, findings.size()))
            << "\n";
  return failed == 0 ? kPassed : kFailed;
}

// The child's number; it writes to the descriptor `started` and closes it by ending.
pid_t start_child(const Arguments& arguments, int started) {
  std::vector<std::string> words = {"cofi", "check-plugin", "--in-process"};
  for (const char* option : {"set", "plugin-path"}) {
    for (const std::string& value : arguments.texts(option)) {
      words.push_back(std::string("--") + option + "=" + value);
    }
  }
  words.insert(words.end(), {"--", arguments.positionals[0]});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, started, kStartedFd);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw Error("cannot start a process to check in: ", std::strerror(failed));
  return child;
}

// The child's wait status; nothing where it had to be killed.
std::optional<int> wait_for(pid_t child, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) {
      throw Error("cannot wait for the process to check in: ", std::strerror(errno));
    }
    if (std::chrono::steady_clock::now() > end) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return std::nullopt;
}

std::chrono::seconds timeout_of(const Arguments& arguments) {
  const std::string text = arguments.text("timeout");
  if (text.empty()) return std::chrono::seconds(300);
  int seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size() || seconds < 1) {
    throw Error("--timeout takes a number of seconds of 1 or more, and got '", text, "'");
  }
  return std::chrono::seconds(seconds);
}

int call_check_plugin(const Arguments& arguments) {
  if (arguments.flag("in-process")) return check_here(arguments);
  const std::chrono::seconds limit = timeout_of(arguments);
  int started[2];
  if (::pipe2(started, O_CLOEXEC) != 0) throw Error("cannot make a pipe: ", std::strerror(errno));
  const pid_t child = start_child(arguments, started[1]);
  ::close(started[1]);
  const std::optional<int> status = wait_for(child, limit);
  const std::string last = last_started(started[0]);
  ::close(started[0]);
  if (status && WIFEXITED(*status)) {
    if (WEXITSTATUS(*status) == kPassed) return 0;
    if (WEXITSTATUS(*status) == kFailed || WEXITSTATUS(*status) == kUserError) return kUserError;
  }
  if (!status) {
    print({fmt::format("comes to an end within {} s", limit.count()), false, "it was killed"});
  } else if (WIFSIGNALED(*status)) {
    print({"survives its checks", false,
           fmt::format("signal {} ({}) ended the process", WTERMSIG(*status),
                       ::strsignal(WTERMSIG(*status)))});
  } else {
    print({"leaves the process alone", false,
           fmt::format("it ended with exit code {}", WEXITSTATUS(*status))});
  }
  if (!last.empty()) std::cout << "      while asked: " << last << "\n";
  return kUserError;
}

}  // namespace

Command check_plugin_command() {
  return {"check-plugin",
          "FILE",
          1,
          1,
          "Asks a plugin all that its kind must do, in a process of its own.",
          {{"set", "NAME=VALUE", "Set one parameter, as YAML (may stand several times)."},
           {"timeout", "SECONDS", "Kill it after so long (default: 300)."},
           plugin_path_option(),
           {"in-process", "", ""}},
          "cofi check-plugin build/plugins/model/mine.so\n"
          "cofi check-plugin build/plugins/model/mine.so --set damping=3",
          &call_check_plugin};
}

}  // namespace cofi::cli
