#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

#include "cofi/kernels/random_rows.hpp"

using cofi::ThreadPool;
using cofi::kernels::random_rows;

TEST_CASE("random_rows: a stream a row, nothing for rows without a count") {
  const std::vector<std::int64_t> counts = {3, 0, 1};
  const ThreadPool one(1), two(2);
  for (const bool normal : {true, false}) {
    const at::Tensor table = random_rows(counts, 4000, normal, 0.5, cofi::Random(1), one);
    const at::Tensor again = random_rows(counts, 4000, normal, 0.5, cofi::Random(1), two);
    const at::Tensor all = random_rows(3, 4000, normal, 0.5, cofi::Random(1), two);
    CHECK(table.equal(again));
    CHECK(table[1].abs().sum().item<float>() == 0);
    for (const std::int64_t row : {0, 2}) {
      CHECK(table[row].mean().item<float>() == Approx(0).margin(0.03));
      CHECK(table[row].std().item<float>() == Approx(0.5).epsilon(0.04));
      CHECK(all[row].equal(table[row]));
    }
    CHECK_FALSE(table[0].equal(table[2]));
    CHECK(all[1].std().item<float>() == Approx(0.5).epsilon(0.04));
  }
}
