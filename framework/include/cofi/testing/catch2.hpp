// Hands findings to Catch2 (v2): `cofi::testing::check(cofi::testing::check_model(make))`.
#pragma once

#include <catch2/catch.hpp>

#include "cofi/testing/finding.hpp"

namespace cofi::testing {

inline void check(const Findings& findings) {
  REQUIRE_FALSE(findings.empty());
  for (const Finding& finding : findings) {
    INFO(finding.check << ": " << finding.message);
    CHECK(finding.passed);
  }
}

}  // namespace cofi::testing
