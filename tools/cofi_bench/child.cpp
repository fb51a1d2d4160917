#include "child.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cofi/error.hpp"

extern char** environ;

namespace cofi::bench {
namespace {

// The high-water mark of a running program's resident memory. (What wait4 tells of a program begins
// with that of the process that started it.)
double peak_mb(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

}  // namespace

Usage run_child(const std::vector<std::string>& command) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw Error("pipe: ", std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  Usage usage;
  std::array<char, 4096> bytes{};
  while (failed == 0) {
    usage.peak_mb = std::max(usage.peak_mb, peak_mb(child));
    constexpr int kMilliseconds = 10;
    pollfd readable{pipe_ends[0], POLLIN, 0};
    if (::poll(&readable, 1, kMilliseconds) == 0) continue;
    const ssize_t got = ::read(pipe_ends[0], bytes.data(), bytes.size());
    if (got <= 0) break;
    usage.output.append(bytes.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe_ends[0]);
  if (failed != 0) throw Error("cannot start ", command[0], ": ", std::strerror(failed));

  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  usage.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(command[0], " failed:\n", usage.output);
  }
  return usage;
}

}  // namespace cofi::bench
