#include "cofi/kernels/biases.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace cofi::kernels {

at::Tensor bias_table(const std::vector<double>& biases) {
  at::Tensor table = at::empty({static_cast<std::int64_t>(biases.size())}, at::kFloat);
  std::copy(biases.begin(), biases.end(), table.data_ptr<float>());
  return table;
}

void damped_biases(const SparseRows& rows, double mean, const std::vector<double>& other_bias,
                   double damping, std::vector<double>& bias, const ThreadPool& pool,
                   const SparseRows* weights) {
  constexpr std::int64_t kGrain = 64;
  parallel_for(pool, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t id = begin; id < end; ++id) {
      const auto row = rows.row(static_cast<std::int32_t>(id));
      if (row.empty()) continue;
      const SparseRows::Entry* own =
          weights == nullptr ? nullptr : weights->row(static_cast<std::int32_t>(id)).data();
      double sum = 0, count = 0;
      for (const SparseRows::Entry& entry : row) {
        const double weight = own == nullptr ? 1 : own++->value;
        sum += weight * (entry.value - mean - other_bias[static_cast<std::size_t>(entry.id)]);
        count += weight;
      }
      if (damping + count > 0) bias[static_cast<std::size_t>(id)] = sum / (damping + count);
    }
  });
}

Biases als_biases(const SparseRows& by_user, const SparseRows& by_item, double mean,
                  const BiasOptions& options, const ThreadPool& pool, const BiasWeights* weights) {
  const SparseRows* user_weights = weights == nullptr ? nullptr : &weights->by_user;
  const SparseRows* item_weights = weights == nullptr ? nullptr : &weights->by_item;
  Biases biases;
  biases.mean = mean;
  biases.users.resize(static_cast<std::size_t>(by_user.size()));
  biases.items.resize(static_cast<std::size_t>(by_item.size()));
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    damped_biases(by_item, mean, biases.users, options.reg_item, biases.items, pool, item_weights);
    damped_biases(by_user, mean, biases.items, options.reg_user, biases.users, pool, user_weights);
  }
  return biases;
}

}  // namespace cofi::kernels
