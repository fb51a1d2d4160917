#include "cofi/kernels/random_rows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cofi/kernels/rows.hpp"

namespace cofi::kernels {

at::Tensor random_rows(std::int64_t rows, std::int64_t width, bool normal, double deviation,
                       const Random& random, const ThreadPool& pool) {
  const std::vector<std::int64_t> all(static_cast<std::size_t>(rows), 1);
  return random_rows(all, width, normal, deviation, random, pool);
}

at::Tensor random_rows(View<std::int64_t> counts, std::int64_t width, bool normal, double deviation,
                       const Random& random, const ThreadPool& pool) {
  const auto rows = static_cast<std::int64_t>(counts.size());
  at::Tensor table = padded_rows(rows, width);
  const RowTable into = row_table(table);
  const double bound = std::sqrt(3.0) * deviation;  // of the uniform distribution
  constexpr std::int64_t kGrain = 64;
  parallel_for(pool, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      if (counts.data()[row] == 0) continue;
      Random own = random.stream(static_cast<std::uint64_t>(row));
      std::generate_n(into.row(row), width, [&] {
        return static_cast<float>(normal ? deviation * own.normal() : own.uniform(-bound, bound));
      });
    }
  });
  return table;
}

}  // namespace cofi::kernels
