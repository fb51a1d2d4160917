// What a conformance check says.
#pragma once

#include <string>
#include <vector>

namespace cofi::testing {

struct Finding {
  std::string check;  // what was asked of the plugin ("save and load round trip")
  bool passed = false;
  std::string message;  // what happened instead, with the numbers; empty where it passed
};

using Findings = std::vector<Finding>;

}  // namespace cofi::testing
