// Collects findings.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "cofi/testing/finding.hpp"

namespace cofi::testing {

class Checks {
 public:
  explicit Checks(const Watch& watch) : watch_(watch) {}

  // Runs a check; it passes where the body returns an empty text. Whatever it throws is the
  // finding. Returns whether it passed.
  bool run(const std::string& check, const std::function<std::string()>& body);

  void add(const Findings& findings) {
    findings_.insert(findings_.end(), findings.begin(), findings.end());
  }
  Findings take() { return std::move(findings_); }

 private:
  const Watch& watch_;
  Findings findings_;
};

// What an exception says, without the backtrace of LibTorch's.
std::string describe_current_exception();

}  // namespace cofi::testing
