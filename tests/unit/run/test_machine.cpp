#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

#include "run/machine.hpp"

using namespace cofi::run;

TEST_CASE("The machine") {
  SECTION("devices by name") {
    CHECK(device_named("cpu") == c10::Device(c10::kCPU));
    CHECK_NOTHROW(device_named("auto"));
    CHECK_THROWS_WITH(device_named("cuda:99"), Catch::Contains("'cuda:99': no such device") &&
                                                   Catch::Contains("there is: cpu") &&
                                                   Catch::Contains("'auto'"));
  }
  SECTION("the memory's high-water mark starts anew") {
    {
      std::vector<char> large(256 << 20);
      std::memset(large.data(), 1, large.size());
      CHECK(peak_memory_mb() > 256);
    }
    const double before = peak_memory_mb();
    reset_peak_memory();
    CHECK(peak_memory_mb() < before - 200);
  }
}
