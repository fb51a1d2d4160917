// The thesis' 100-factor run through the runner, beside the Python program that did it first.
#pragma once

#include <string>

namespace cofi::bench {

struct ThesisOptions {
  std::string runner;  // build/<preset>/bin/cofi
  std::string spec;    // experiments/thesis/svd-factors.yaml
  std::string data;    // the folder of ml-latest-small
  std::string script;  // the Python program, or empty where it cannot run
};

// Prints time, memory and test error of both, the ratio, and the runner's start-up time.
void run_thesis(const ThesisOptions& options);

}  // namespace cofi::bench
