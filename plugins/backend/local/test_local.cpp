#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

using namespace cofi::testing;

TEST_CASE("backend/local") {
  check(check_backend(maker<cofi::Backend>("backend/local")));
  const auto local = make<cofi::Backend>("backend/local");
  for (const cofi::Capability& capability : local->capabilities()) {
    CHECK(capability.cpu == cofi::Support::kNative);
    CHECK(capability.gpu == cofi::Support::kNative);
  }
  cofi::World pair;
  pair.size = 2;
  CHECK_THROWS_WITH(
      local->connect(pair),
      "backend/local: joins one process to itself, and this run has 2; name a backend "
      "that connects processes (`cofi list backend` shows what there is), or set "
      "launch.processes to 1");
}
