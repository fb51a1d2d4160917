#include <catch2/catch.hpp>

#include <optional>
#include <vector>

#include "cofi/kernels/sequential.hpp"

using cofi::kernels::RowPenalties;

TEST_CASE("RowPenalties") {
  const std::vector<std::int64_t> counts = {0, 1, 4, 9};
  SECTION("are a table's own, or the weight decay") {
    CHECK(RowPenalties{0.1, false}.of(0.5, counts) == std::vector<float>(4, 0.5F));
    CHECK(RowPenalties{0.1, false}.of(std::nullopt, 4) == 0.1);
  }
  SECTION("are divided by the root of a row's count, where it has any") {
    const std::vector<float> by_frequency = RowPenalties{0, true}.of(0.6, counts);
    CHECK(by_frequency[0] == 0.6F);
    CHECK(by_frequency[1] == 0.6F);
    CHECK(by_frequency[2] == Approx(0.3));
    CHECK(by_frequency[3] == Approx(0.2));
    CHECK(RowPenalties{0.5, true}.of(std::nullopt, 4) == 0.25);
  }
}
