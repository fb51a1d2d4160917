#include "child.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cofi/error.hpp"

extern char** environ;

namespace cofi::bench {

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
  for (ssize_t got = 0; failed == 0;
       usage.output.append(bytes.data(), static_cast<std::size_t>(got))) {
    got = ::read(pipe_ends[0], bytes.data(), bytes.size());
    if (got <= 0) break;
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
  usage.peak_mb = static_cast<double>(used.ru_maxrss) / 1024;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(command[0], " failed:\n", usage.output);
  }
  return usage;
}

}  // namespace cofi::bench
