#include "run/child_worker.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "core/own_process.hpp"
#include "core/signals.hpp"
#include "run/folder.hpp"

namespace cofi::run {
namespace {

constexpr int kAnswerDescriptor = 3;
constexpr std::array<const char*, 3> kAnswers = {"done\n", "failed\n", "interrupted\n"};

// False where it cannot be sent whole.
bool send(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(descriptor, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw Error("cannot make a pipe to a child process: ", std::strerror(errno));
    }
  }
};

std::string death_of(int status) {
  if (!WIFSIGNALED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* name = sigabbrev_np(signal);
  const char* what = sigdescr_np(signal);
  return "SIG" + std::string(name == nullptr ? std::to_string(signal).c_str() : name) + " (" +
         (what == nullptr ? "unknown signal" : what) + ")";
}

}  // namespace

Worker::~Worker() = default;

ChildWorker::ChildWorker(int threads) {
  std::vector<std::string> arguments = own_arguments();
  // After the program and its subcommand: a "--" may follow.
  arguments.insert(arguments.begin() + 2, {"--worker", std::to_string(threads)});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const Pipe orders, answers;

  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw Error("cannot start a child process: ", std::strerror(errno));
  if (pid_ == 0) {
    // Only async-signal-safe calls: other threads of the parent may have held locks.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);  // Ctrl-C reaches the parent alone, which passes it on once
    if (getppid() != parent) _exit(1);
    dup2(orders.ends[0], STDIN_FILENO);
    // What plugins print is no answer.
    dup2(answers.ends[1], kAnswerDescriptor);
    fcntl(kAnswerDescriptor, F_SETFD, 0);  // as dup2 leaves it where the two are one
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  close(orders.ends[0]);
  close(answers.ends[1]);
  to_ = orders.ends[1];
  from_ = answers.ends[0];
}

// Without orders a child ends by itself.
ChildWorker::~ChildWorker() {
  if (!idle()) stop(SIGTERM);
  if (pid_ > 0) bury();
  close(from_);
}

void ChildWorker::bury() {
  if (to_ >= 0) close(to_);
  to_ = -1;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  death_ = death_of(status);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
    death_ = "error";  // it has said which
  }
}

void ChildWorker::give(const std::string& family, const std::vector<const Cell*>&) {
  given_ = family;
  send(to_, family + "\n");  // a child that is gone shows when its answer is read
}

bool ChildWorker::answered() {
  pollfd waiting{from_, POLLIN, 0};
  return poll(&waiting, 1, 0) > 0;
}

Worker::Answer ChildWorker::take() {
  std::string said;
  bool passed_on = false;
  while (said.empty() || said.back() != '\n') {
    char c = 0;
    const ssize_t n = read(from_, &c, 1);
    if (n == 1) {
      said += c;
    } else if (n == 0) {
      bury();
      if (death_ == "error") {
        throw FolderError("the child process that ran a cell ended with an error; see above");
      }
      return Answer::kDied;
    } else if (StopSignals::received() != 0 && !passed_on) {
      stop(StopSignals::received());
      passed_on = true;
    }
  }
  given_.clear();
  for (std::size_t n = 0; n < kAnswers.size(); ++n) {
    if (said == kAnswers[n]) return static_cast<Answer>(n);
  }
  throw Error("a child process answered '", said, "'");
}

void ChildWorker::stop(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

std::string take_order() {
  std::string family;
  std::getline(std::cin, family);
  return family;
}

void answer(Worker::Answer answer) {
  if (send(kAnswerDescriptor, kAnswers.at(static_cast<std::size_t>(answer)))) return;
  throw Error("cannot answer the run: ", std::strerror(errno));
}

}  // namespace cofi::run
