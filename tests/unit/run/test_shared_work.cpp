#include <catch2/catch.hpp>

#include "run/shared_work.hpp"

TEST_CASE("Shared work is done once for the same data and key") {
  cofi::run::SharedWork shared;
  std::int64_t times = 0;
  const auto compute = [&](cofi::Archive& archive) { archive("times", ++times); };
  const auto ask = [&](const char* scope, const char* key) {
    std::int64_t value = 0;
    cofi::Archive values = shared.get(scope, key, compute);
    values("times", value);
    return value;
  };
  CHECK(ask("fold 0", "similarities") == 1);
  CHECK(ask("fold 0", "similarities") == 1);
  CHECK(ask("fold 0", "other") == 2);
  CHECK(ask("fold 1", "similarities") == 3);
  CHECK(shared.take_seconds() >= 0);
  CHECK(shared.take_seconds() == 0);
}
