#include "cofi/kernels/biases.hpp"

namespace cofi::kernels {

void damped_biases(const SparseRows& rows, double mean, const std::vector<double>& other_bias,
                   double damping, std::vector<double>& bias, const ThreadPool& pool) {
  constexpr std::int64_t kGrain = 64;
  parallel_for(pool, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t id = begin; id < end; ++id) {
      const auto row = rows.row(static_cast<std::int32_t>(id));
      if (row.empty()) continue;
      double sum = 0;
      for (const SparseRows::Entry& entry : row) {
        sum += entry.value - mean - other_bias[static_cast<std::size_t>(entry.id)];
      }
      bias[static_cast<std::size_t>(id)] = sum / (damping + static_cast<double>(row.size()));
    }
  });
}

Biases als_biases(const SparseRows& by_user, const SparseRows& by_item, double mean,
                  const BiasOptions& options, const ThreadPool& pool) {
  Biases biases;
  biases.mean = mean;
  biases.users.resize(static_cast<std::size_t>(by_user.size()));
  biases.items.resize(static_cast<std::size_t>(by_item.size()));
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    damped_biases(by_item, mean, biases.users, options.reg_item, biases.items, pool);
    damped_biases(by_user, mean, biases.items, options.reg_user, biases.users, pool);
  }
  return biases;
}

}  // namespace cofi::kernels
