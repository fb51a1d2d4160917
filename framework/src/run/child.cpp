#include "run/child.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "cofi/error.hpp"

#include "run/signals.hpp"

namespace cofi::run {
namespace {

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    arguments.emplace_back(all.c_str() + at);
  }
  return arguments;
}

}  // namespace

std::string ChildEnd::text() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  const char* name = sigabbrev_np(signal);
  const char* what = sigdescr_np(signal);
  return "SIG" + std::string(name == nullptr ? std::to_string(signal).c_str() : name) + " (" +
         (what == nullptr ? "unknown signal" : what) + ")";
}

ChildEnd run_in_child(const std::string& key) {
  std::vector<std::string> arguments = own_arguments();
  // After the program and its subcommand: a "--" may follow.
  arguments.insert(arguments.begin() + 2, {"--cell", key});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw Error("cannot start a child process: ", std::strerror(errno));
  if (child == 0) {
    // Only async-signal-safe calls: other threads of the parent may have held locks.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);  // Ctrl-C reaches the parent alone, which passes it on once
    if (getppid() != parent) _exit(1);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  int status = 0;
  bool passed_on = false;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw Error("cannot wait for a child process: ", std::strerror(errno));
    if (StopSignals::received() != 0 && !passed_on) {
      kill(child, StopSignals::received());
      passed_on = true;
    }
  }
  ChildEnd end;
  if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
  } else {
    end.code = WEXITSTATUS(status);
  }
  return end;
}

}  // namespace cofi::run
