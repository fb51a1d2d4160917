// Runs programs as a user does at the shell: the built runner above all.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>

#include "support/temp_folder.hpp"

namespace cofi::test {

struct Outcome {
  int code = 0;  // the exit code; 128 + n where signal n ended it, as a shell says it
  std::string out, err;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The build's runner, which stands beside the tests: <build>/tests/test_x -> <build>/bin/cofi.
inline std::string runner() {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return (here.parent_path() / "bin" / "cofi").string();
}

// Before a command that starts ranks by MPI: Open MPI ends with memory that it has not given back,
// which a build with a leak detector would tell of.
inline const std::string kForMpi = "export ASAN_OPTIONS=detect_leaks=0; ";

// Runs a command line of /bin/sh, with `cofi` in the PATH.
inline Outcome shell(const std::string& command) {
  const TempFolder folder;
  const std::string line = "PATH='" + std::filesystem::path(runner()).parent_path().string() +
                           "':\"$PATH\"; { " + command + "\n} >'" + (folder / "out") + "' 2>'" +
                           (folder / "err") + "' </dev/null";
  const int status = std::system(line.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = read_file(folder / "out");
  outcome.err = read_file(folder / "err");
  return outcome;
}

}  // namespace cofi::test
