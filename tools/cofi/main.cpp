// The runner: turns what a command throws into an exit code.
#include <c10/util/Exception.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"

namespace {

// README.md and CONTRIBUTING.md promise these.
enum ExitCode { kDone = 0, kBug = 1, kUserError = 2, kInterrupted = 130 };

// "PATH: File name too long", without the name of the function that failed.
std::string reason_of(const std::filesystem::filesystem_error& error) {
  std::string reason;
  for (const std::filesystem::path& path : {error.path1(), error.path2()}) {
    if (!path.empty()) reason += path.string() + ": ";
  }
  return reason + error.code().message();
}

int guarded(const std::vector<std::string>& words) {
  std::string bug;
  try {
    return cofi::cli::dispatch(words);
  } catch (const cofi::Interrupted& interrupted) {
    std::cerr << interrupted.what() << "\n";
    return kInterrupted;
  } catch (const cofi::Error& error) {
    std::cerr << error.what() << "\n";
    return kUserError;
  } catch (const std::filesystem::filesystem_error& error) {
    // Names no file system takes, folders that vanish, links in a circle, ...
    std::cerr << reason_of(error) << "\n";
    return kUserError;
  } catch (const c10::Error& error) {
    bug = error.what_without_backtrace();
  } catch (const std::exception& error) {
    bug = error.what();
  }
  std::cerr << "this is a bug in cofi: " << bug << "\n";
  return kBug;
}

// The other end of the pipe is closed. errno does not tell: it is that of an earlier write.
bool reader_left() {
  pollfd out = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away ends the printing, not the run.
  std::signal(SIGPIPE, SIG_IGN);
  const int code = guarded({argv + 1, argv + argc});
  std::cout.flush();
  if ((std::fflush(stdout) != 0 || !std::cout) && !reader_left()) {
    std::cerr << "cannot write all results to the standard output; is the disk full?\n";
    return code == kDone ? static_cast<int>(kUserError) : code;
  }
  return code;
}
