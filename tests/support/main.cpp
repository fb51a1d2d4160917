// Catch's main, compiled once for all test binaries.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

int main(int argc, char** argv) {
  ::setenv("COFI_CACHE", "off", 1);  // tests of it name a folder of their own
  return Catch::Session().run(argc, argv);
}
