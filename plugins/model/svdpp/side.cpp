#include "side.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <functional>

namespace svdpp {
namespace {

using cofi::View;
using cofi::kernels::ImplicitSets;
using cofi::kernels::RowTable;

void add(const float* row, std::int64_t stride, float* out) {
  std::transform(row, row + stride, out, out, std::plus<>());
}

// By blocks of rows: of their sets the device has a copy meanwhile.
void refresh_on_device(const Side& side) {
  const at::NoGradGuard no_grad;
  constexpr std::int64_t kRows = 4096;
  for (std::int64_t begin = 0; begin < side.size(); begin += kRows) {
    const std::int64_t end = std::min<std::int64_t>(begin + kRows, side.size());
    const at::Tensor rows = at::arange(begin, end, at::kInt);
    at::Tensor into = side.sums.narrow(0, begin, end - begin).zero_();
    for (std::size_t set = 0; set < side.sets.size(); ++set) {
      into.add_(cofi::kernels::implicit_sums(*side.sets[set], false, side.implicit[set], rows));
    }
  }
}

}  // namespace

ImplicitSets Side::kernel_sets(std::size_t set) const {
  return {sets[set].get(), cofi::kernels::row_table(implicit[set])};
}

void Side::refresh_sums(const cofi::ThreadPool& pool) const {
  if (sets.empty()) return;
  if (!factors.is_cpu()) return refresh_on_device(*this);
  std::vector<ImplicitSets> all;
  for (std::size_t set = 0; set < sets.size(); ++set) all.push_back(kernel_sets(set));
  cofi::kernels::implicit_sums(all, cofi::kernels::row_table(sums), size(), pool);
}

void Side::stored_vectors(View<std::int32_t> rows, float* out) const {
  const RowTable own = cofi::kernels::row_table(factors);
  const RowTable implied = sets.empty() ? RowTable() : cofi::kernels::row_table(sums);
  for (const std::int32_t row : rows) {
    std::fill(out, out + own.stride, 0.0F);
    if (row >= 0) add(own.row(row), own.stride, out);
    if (row >= 0 && implied.data != nullptr) add(implied.row(row), own.stride, out);
    out += own.stride;
  }
}

void Side::current_vectors(View<std::int32_t> rows, const cofi::ThreadPool& pool,
                           float* out) const {
  const RowTable own = cofi::kernels::row_table(factors);
  std::vector<ImplicitSets> all;
  for (std::size_t set = 0; set < sets.size(); ++set) all.push_back(kernel_sets(set));
  constexpr std::int64_t kGrain = 64;
  cofi::parallel_for(pool, static_cast<std::int64_t>(rows.size()), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t n = begin; n < end; ++n) {
                         const std::int32_t row = rows.data()[n];
                         float* vector = out + n * own.stride;
                         std::copy(own.row(row), own.row(row) + own.stride, vector);
                         for (const ImplicitSets& part : all) part.add_sum(row, vector);
                       }
                     });
}

at::Tensor Side::vectors(const at::Tensor& rows) const {
  at::Tensor total = at::index_select(factors, 0, rows.clamp_min(0));
  for (std::size_t set = 0; set < sets.size(); ++set) {
    total = total + cofi::kernels::implicit_sums(*sets[set], false, implicit[set], rows);
  }
  return total;
}

at::Tensor Side::stored_vectors(const at::Tensor& rows) const {
  const at::Tensor known = rows.clamp_min(0);
  const at::Tensor own = at::index_select(factors, 0, known);
  return sets.empty() ? own : own + at::index_select(sums, 0, known);
}

}  // namespace svdpp
