#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

using namespace cofi::testing;

// Worlds of several ranks need as many GPUs: `cofi comm --backend nccl --np N` asks them.
TEST_CASE("backend/nccl") {
  check(check_backend(maker<cofi::Backend>("backend/nccl")));
  const auto nccl = make<cofi::Backend>("backend/nccl");
  for (const cofi::Capability& capability : nccl->capabilities()) {
    CHECK(capability.cpu == cofi::Support::kAbsent);
    CHECK(capability.gpu == cofi::Support::kNative);
  }
  cofi::World pair;
  pair.size = 2;
  CHECK_THROWS_WITH(nccl->connect(pair),
                    "backend/nccl: connects GPUs, and rank 0 works on cpu: set device: cuda, or "
                    "choose backend: {use: gloo}");
}
