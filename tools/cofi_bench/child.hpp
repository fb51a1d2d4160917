// Running another program and what it took.
#pragma once

#include <string>
#include <vector>

namespace cofi::bench {

struct Usage {
  double seconds = 0;      // wall clock, from start to end
  double cpu_seconds = 0;  // of all its threads
  double peak_mb = 0;      // resident memory at its highest
  std::string output;      // what it wrote, both streams together
};

// Runs a program (looked for in PATH) to its end. An Error with what it wrote where it fails.
Usage run_child(const std::vector<std::string>& command);

}  // namespace cofi::bench
