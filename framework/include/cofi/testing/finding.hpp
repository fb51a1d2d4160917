// What a conformance check says.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cofi::testing {

struct Finding {
  std::string check;  // what was asked of the plugin ("save and load round trip")
  bool passed = false;
  std::string message;  // what happened instead, with the numbers; empty where it passed
};

using Findings = std::vector<Finding>;

// Told of each check as it starts and ends, so that one that ends the process can be named.
struct Watch {
  std::function<void(const std::string& check)> starts = nullptr;
  std::function<void(const Finding&)> ends = nullptr;
};

}  // namespace cofi::testing
