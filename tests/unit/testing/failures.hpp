// The checks that a plugin fails, by name.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "cofi/testing/conformance.hpp"

namespace cofi::testing {

inline std::set<std::string> failures(const Findings& findings) {
  std::set<std::string> failed;
  for (const Finding& finding : findings) {
    if (finding.passed) continue;
    failed.insert(finding.check);
    UNSCOPED_INFO(finding.check << ": " << finding.message);
  }
  return failed;
}

// The message of a check; empty where it passed or was not asked.
inline std::string message(const Findings& findings, const std::string& check) {
  for (const Finding& finding : findings) {
    if (finding.check == check) return finding.message;
  }
  return "";
}

using Failed = std::set<std::string>;

template <class Interface, class Class>
Factory<Interface> factory() {
  return [] { return std::make_unique<Class>(); };
}

}  // namespace cofi::testing
