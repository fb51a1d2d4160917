#include <catch2/catch.hpp>

#include <string>

#include "core/cpu_check.hpp"

TEST_CASE("a CPU that is too old is told so") {
  char text[512] = "";
  CHECK_FALSE(cofi::cpu_complaint({true, true, true, true}, text, sizeof text));
  CHECK(std::string(text).empty());
  CHECK(cofi::cpu_complaint({false, true, true, false}, text, sizeof text));
  CHECK(
      std::string(text) ==
      "cofi was built for x86-64-v3 CPUs (Intel from Haswell, AMD from Excavator on), and this one "
      "lacks AVX2 FMA; build cofi on this machine with cmake -DCOFI_NATIVE=ON\n");
  CHECK(cofi::cpu_complaint({true, false, false, true}, text, sizeof text));
  CHECK(std::string(text).find("lacks BMI1 BMI2;") != std::string::npos);
}
