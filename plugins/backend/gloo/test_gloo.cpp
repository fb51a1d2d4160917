#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

using namespace cofi::testing;

// Worlds of several ranks are asked by tests/experiments/test_comm.cpp, in processes of their own.
TEST_CASE("backend/gloo") {
  check(check_backend(maker<cofi::Backend>("backend/gloo")));
  const auto gloo = make<cofi::Backend>("backend/gloo");
  for (const cofi::Capability& capability : gloo->capabilities()) {
    const bool emulated =
        capability.operation == "reduce_scatter" || capability.operation == "all_to_all";
    CHECK(capability.cpu == (emulated ? cofi::Support::kEmulated : cofi::Support::kNative));
    CHECK(capability.gpu == cofi::Support::kAbsent);
  }
  cofi::World pair;
  pair.size = 2;
  CHECK_THROWS_WITH(gloo->connect(pair),
                    "backend/gloo: the ranks of a world find each other through its store, and "
                    "there is none: start them with --np, torchrun, mpirun or srun");
}
