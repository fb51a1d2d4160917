#include "cofi/kernels/gram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cofi::kernels {
namespace {

constexpr std::int64_t kGrain = 32;  // rows

// Row i of the lower triangle.
void add_up(const SparseRows& users, View<SparseRows::Entry> raters, std::int32_t i,
            std::vector<double>& sums, float* out) {
  std::fill(sums.begin(), sums.begin() + i + 1, 0.0);
  for (const auto& [user, x] : raters) {
    const double own = x;
    for (const auto& [j, y] : users.row(user)) {
      if (j > i) break;
      sums[static_cast<std::size_t>(j)] += own * y;
    }
  }
  for (std::int32_t j = 0; j <= i; ++j) {
    out[j] = static_cast<float>(sums[static_cast<std::size_t>(j)]);
  }
}

}  // namespace

at::Tensor gram(const SparseRows& users, std::int32_t items, std::int64_t max_items,
                const ThreadPool& pool) {
  if (items > max_items) {
    throw Error("a table of ", items, " x ", items, " items takes ",
                fmt::format("{:.1f}", 4e-9 * items * items), " GB, and max_items allows ",
                max_items, "; raise it where there is memory, or keep fewer items by `filters`");
  }
  const SparseRows raters = transposed(users, items);
  at::Tensor table = padded_rows(items, items);
  const RowTable rows = row_table(table);
  const std::int64_t blocks = (items + kGrain - 1) / kGrain;
  // Long rows first: what is left for the end is short.
  pool.run(blocks, [&](std::int64_t block) {
    std::vector<double> sums(static_cast<std::size_t>(items));
    const std::int64_t begin = (blocks - 1 - block) * kGrain;
    for (std::int64_t i = begin; i < std::min<std::int64_t>(items, begin + kGrain); ++i) {
      const auto item = static_cast<std::int32_t>(i);
      add_up(users, raters.row(item), item, sums, rows.row(i));
    }
  });
  mirror_lower(rows, items, pool);
  return table;
}

void mirror_lower(const RowTable& table, std::int64_t rows, const ThreadPool& pool) {
  parallel_for(pool, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = begin; column < rows; column += kGrain) {
      for (std::int64_t i = begin; i < end; ++i) {
        float* row = table.row(i);
        const std::int64_t last = std::min(column + kGrain, rows);
        for (std::int64_t j = std::max(column, i + 1); j < last; ++j) row[j] = table.row(j)[i];
      }
    }
  });
}

}  // namespace cofi::kernels
