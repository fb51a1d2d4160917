#include <cstdlib>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

using namespace cofi::testing;

// Worlds of several ranks are asked by tests/experiments/test_comm.cpp, in processes of their own.
TEST_CASE("backend/mpi") {
  check(check_backend(maker<cofi::Backend>("backend/mpi")));
  const auto mpi = make<cofi::Backend>("backend/mpi");
  for (const cofi::Capability& capability : mpi->capabilities()) {
    CHECK(capability.cpu == cofi::Support::kNative);
    CHECK(capability.gpu == cofi::Support::kAbsent);
  }
}
