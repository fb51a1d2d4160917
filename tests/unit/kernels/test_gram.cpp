#include <catch2/catch.hpp>

#include "cofi/kernels/gram.hpp"
#include "cofi/random.hpp"

#include "unit/kernels/sparse.hpp"

using cofi::ThreadPool;
using cofi::test::Dense;

TEST_CASE("gram: products between all pairs of items") {
  constexpr std::size_t kUsers = 90, kItems = 70;  // more than a block of rows
  cofi::Random random(3);
  Dense values(kUsers, std::vector<double>(kItems));
  for (auto& row : values) {
    for (double& value : row) value = random.uniform(0, 1) < 0.2 ? random.uniform(1, 5) : 0;
  }
  const cofi::SparseRows users = cofi::test::sparse(values);
  values = cofi::test::dense(users, kItems);  // as float32 holds them
  const ThreadPool one(1), three(3);
  const at::Tensor table = cofi::kernels::gram(users, kItems, kItems, one);
  const at::Tensor again = cofi::kernels::gram(users, kItems, kItems, three);
  const auto rows = cofi::kernels::row_table(table), same = cofi::kernels::row_table(again);
  for (std::size_t i = 0; i < kItems; ++i) {
    for (std::size_t j = 0; j < kItems; ++j) {
      double sum = 0;
      for (std::size_t user = 0; user < kUsers; ++user) sum += values[user][i] * values[user][j];
      const auto row = static_cast<std::int64_t>(i);
      CHECK(rows.row(row)[j] == static_cast<float>(sum));
      CHECK(same.row(row)[j] == rows.row(row)[j]);
    }
  }
  CHECK_THROWS_WITH(cofi::kernels::gram(users, kItems, kItems - 1, one),
                    Catch::Contains("70 x 70 items") && Catch::Contains("max_items allows 69"));
}
