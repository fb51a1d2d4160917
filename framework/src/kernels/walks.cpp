#include "cofi/kernels/walks.hpp"

#include <cmath>
#include <vector>

#include "cofi/item_weights.hpp"

namespace cofi::kernels {
namespace {

using Row = std::vector<SparseRows::Entry>;

// d_j^-beta
std::vector<double> penalties(const SparseRows& raters, double beta) {
  std::vector<double> penalties;
  for (std::int32_t item = 0; item < raters.size(); ++item) {
    double degree = 0;
    for (const auto& entry : raters.row(item)) degree += entry.value;
    penalties.push_back(degree > 0 && beta != 0 ? std::pow(degree, -beta) : 1);
  }
  return penalties;
}

void normalize(Row& row) {
  double sum = 0;
  for (const auto& entry : row) sum += entry.value;
  for (auto& entry : row) entry.value = static_cast<float>(entry.value / sum);
}

}  // namespace

void take_steps(SparseRows& rows, double alpha) {
  for (std::size_t row = 0; row + 1 < rows.starts.size(); ++row) {
    SparseRows::Entry* first = rows.entries.data() + rows.starts[row];
    SparseRows::Entry* last = rows.entries.data() + rows.starts[row + 1];
    double sum = 0;
    for (const auto* entry = first; entry != last; ++entry) {
      if (!(entry->value > 0)) {
        throw Error("a random walk needs values above 0, and there is one of ", entry->value,
                    "; take values: binary, or leave such interactions out by `filters`");
      }
      sum += entry->value;
    }
    for (auto* entry = first; entry != last; ++entry) {
      const double probability = entry->value / sum;
      entry->value = static_cast<float>(alpha == 1 ? probability : std::pow(probability, alpha));
    }
  }
}

SparseRows walk_weights(const SparseRows& users, std::int32_t items, const WalkOptions& options,
                        const ThreadPool& pool) {
  SparseRows to_users = transposed(users, items), to_items = users;
  const std::vector<double> penalty = penalties(to_users, options.beta);
  take_steps(to_users, options.alpha);
  take_steps(to_items, options.alpha);
  std::vector<Row> weights(static_cast<std::size_t>(items));
  constexpr std::int64_t kGrain = 32;
  parallel_for(pool, items, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(static_cast<std::size_t>(items));  // zeros between rows
    std::vector<std::int32_t> touched;
    for (auto i = static_cast<std::int32_t>(begin); i < static_cast<std::int32_t>(end); ++i) {
      for (const auto& [user, in] : to_users.row(i)) {
        for (const auto& [j, out] : to_items.row(user)) {
          double& sum = sums[static_cast<std::size_t>(j)];
          if (sum == 0) touched.push_back(j);
          sum += double{in} * double{out};
        }
      }
      Row& row = weights[static_cast<std::size_t>(i)];
      for (const std::int32_t j : touched) {
        const auto at = static_cast<std::size_t>(j);
        if (j != i) row.push_back({j, static_cast<float>(sums[at] * penalty[at])});
        sums[at] = 0;
      }
      touched.clear();
      keep_largest(row, static_cast<std::size_t>(options.keep));
      if (options.normalize) normalize(row);
      row.shrink_to_fit();
    }
  });
  return joined(weights);
}

}  // namespace cofi::kernels
