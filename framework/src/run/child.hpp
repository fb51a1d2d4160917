// One fit in a process of its own, so that what takes the process down spares the run.
#pragma once

#include <string>

namespace cofi::run {

struct ChildEnd {
  int code = 0;              // the exit code, where it ended by itself
  int signal = 0;            // the signal that ended it, else 0
  std::string text() const;  // "SIGSEGV (Segmentation fault)", "exit code 1"
};

// Runs this program again with the same arguments and `--cell key`, and waits. The child ends with
// its parent; a signal that asks this process to stop is passed on to it.
ChildEnd run_in_child(const std::string& key);

}  // namespace cofi::run
