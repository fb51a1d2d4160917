#include "batch_gradient.hpp"

#include <functional>

#include "cofi/kernels/factors.hpp"
#include "cofi/parallel.hpp"

namespace svdpp {

using cofi::kernels::RowTable;

double BatchGradient::add(const Side& users, const Side& items, float mean,
                          const cofi::Batch& batch, cofi::RowGradients& out) {
  load(users, out.users, out.pool, users_);
  load(items, out.items, out.pool, items_);
  const double loss_sum = find_slopes(users, items, mean, batch, out);
  add_side(out, users, out.users, items_, 0, 4);
  add_side(out, items, out.items, users_, 2, 4 + users.sets.size());
  return loss_sum;
}

void BatchGradient::load(const Side& side, const cofi::BatchRows& rows,
                         const cofi::ThreadPool& pool, Part& part) {
  const std::int64_t stride = side.factors.stride(0);
  part.vectors.resize(rows.rows.size() * static_cast<std::size_t>(stride));
  side.current_vectors(rows.rows, pool, part.vectors.data());
  part.places.resize(rows.order.size());
  for (std::size_t m = 0; m < rows.rows.size(); ++m) {
    for (std::int32_t at = rows.starts[m]; at < rows.starts[m + 1]; ++at) {
      part.places[static_cast<std::size_t>(rows.order.data()[at])] = static_cast<std::int32_t>(m);
    }
  }
}

double BatchGradient::find_slopes(const Side& users_side, const Side& items_side, float mean,
                                  const cofi::Batch& batch, const cofi::RowGradients& out) {
  const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
  const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
  const float* user_bias = users_side.bias.data_ptr<float>();
  const float* item_bias = items_side.bias.data_ptr<float>();
  const std::int64_t stride = users_side.factors.stride(0);
  slopes_.resize(static_cast<std::size_t>(batch.size()));
  constexpr std::int64_t kGrain = 512;
  return cofi::kernels::batch_slopes(
      batch, out, kGrain, slopes_.data(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const auto at = static_cast<std::size_t>(n);
          const float* user = users_.vectors.data() + users_.places[at] * stride;
          const float* item = items_.vectors.data() + items_.places[at] * stride;
          slopes_[at] = mean + user_bias[users[n]] + item_bias[items[n]] +
                        cofi::kernels::dot(user, item, stride);
        }
      });
}

// Adds the gradients of one side's factors (parameter `first`), biases (the one after it) and
// implicit vectors (from `first_set` on).
void BatchGradient::add_side(cofi::RowGradients& out, const Side& side, const cofi::BatchRows& rows,
                             const Part& others, std::size_t first, std::size_t first_set) const {
  const RowTable factors = cofi::kernels::row_table(out.gradients[first]);
  const RowTable vectors{const_cast<float*>(others.vectors.data()), factors.stride, factors.width};
  float* biases = out.gradients[first + 1].data_ptr<float>();
  constexpr std::int64_t kGrain = 16;
  cofi::parallel_for(out.pool, static_cast<std::int64_t>(rows.rows.size()), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       cofi::kernels::add_weighted_rows(vectors, rows, begin, end,
                                                        others.places.data(), slopes_.data(),
                                                        factors.data, factors.stride);
                       cofi::kernels::add_sums(rows, begin, end, slopes_.data(), biases);
                     });
  for (std::size_t set = 0; set < side.sets.size(); ++set) {
    const cofi::kernels::ImplicitSets sets{
        side.sets[set].get(), cofi::kernels::row_table(out.gradients[first_set + set])};
    // Blocks own ranges of the vectors, not of the rows whose sets those are in.
    const std::int64_t count = side.implicit[set].size(0);
    constexpr std::int64_t kBlocks = 16;
    cofi::parallel_for(out.pool, count, (count + kBlocks - 1) / kBlocks,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (const std::int32_t row : rows.rows) {
                           sets.add(row, factors.row(row), static_cast<std::int32_t>(begin),
                                    static_cast<std::int32_t>(end));
                         }
                       });
  }
}

}  // namespace svdpp
