#include "cofi/kernels/implicit.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace cofi::kernels {
namespace {

using Entry = SparseRows::Entry;

constexpr std::int64_t kGrain = 64;  // rows that a thread sums at a time

// out += weight * row, both of them whole cache lines
void add_scaled(float weight, const float* __restrict row, std::int64_t stride,
                float* __restrict out) {
  for (std::int64_t at = 0; at < stride; at += kLanes) {
    for (std::int64_t lane = at; lane < at + kLanes; ++lane) {
      out[lane] = std::fma(weight, row[lane], out[lane]);
    }
  }
}

template <class T>
at::Tensor on_device(std::vector<T>& values, c10::Device device) {
  const auto n = static_cast<std::int64_t>(values.size());
  return at::from_blob(values.data(), {n}, c10::CppTypeToScalarType<T>::value)
      .to(device, /*non_blocking=*/false, /*copy=*/true);
}

float scale_of(std::size_t size) {
  return size == 0 ? 0.0F : 1 / std::sqrt(static_cast<float>(size));
}

}  // namespace

float ImplicitSets::scale(std::int32_t row) const { return scale_of(sets->row(row).size()); }

float ImplicitSets::gain(std::int32_t row) const {
  const View<Entry> set = sets->row(row);
  if (!weighted || set.empty()) return set.empty() ? 0.0F : 1.0F;
  double squares = 0;
  for (const Entry& entry : set) squares += double{entry.value} * entry.value;
  return static_cast<float>(squares / static_cast<double>(set.size()));
}

void ImplicitSets::add_sum(std::int32_t row, float* out) const {
  const float all = scale(row);
  for (const Entry& entry : sets->row(row)) {
    add_scaled(weighted ? all * entry.value : all, vectors.row(entry.id), vectors.stride, out);
  }
}

void ImplicitSets::add(std::int32_t row, const float* vector, std::int32_t first,
                       std::int32_t last) const {
  const View<Entry> set = sets->row(row);
  const float all = scale(row);
  const Entry* entry = std::lower_bound(set.begin(), set.end(), first,
                                        [](const Entry& e, std::int32_t id) { return e.id < id; });
  for (; entry != set.end() && entry->id < last; ++entry) {
    add_scaled(weighted ? all * entry->value : all, vector, vectors.stride, vectors.row(entry->id));
  }
}

void implicit_sums(const std::vector<ImplicitSets>& all, const RowTable& table, std::int64_t rows,
                   const ThreadPool& pool) {
  parallel_for(pool, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::fill(table.row(begin), table.row(end), 0.0F);
    for (std::int64_t row = begin; row < end; ++row) {
      for (const ImplicitSets& sets : all) {
        sets.add_sum(static_cast<std::int32_t>(row), table.row(row));
      }
    }
  });
}

at::Tensor implicit_sums(const SparseRows& sets, bool weighted, const at::Tensor& vectors,
                         const at::Tensor& rows) {
  const at::Tensor on_cpu = rows.cpu();
  const View<std::int32_t> asked(on_cpu.data_ptr<std::int32_t>(),
                                 static_cast<std::size_t>(on_cpu.numel()));
  std::vector<std::int32_t> distinct(asked.begin(), asked.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::int32_t> places, ids, starts = {0};
  std::vector<float> weights;
  for (const std::int32_t row : asked) {
    const auto found = std::lower_bound(distinct.begin(), distinct.end(), row);
    places.push_back(static_cast<std::int32_t>(found - distinct.begin()));
  }
  for (const std::int32_t row : distinct) {
    const View<Entry> set = row < 0 ? View<Entry>() : sets.row(row);
    const float scale = scale_of(set.size());
    for (const Entry& entry : set) {
      ids.push_back(entry.id);
      weights.push_back(weighted ? scale * entry.value : scale);
    }
    starts.push_back(static_cast<std::int32_t>(ids.size()));
  }
  constexpr std::int64_t kSum = 0;
  const c10::Device device = vectors.device();
  const at::Tensor sums = std::get<0>(at::embedding_bag(
      vectors, on_device(ids, device), on_device(starts, device), /*scale_grad_by_freq=*/false,
      kSum, /*sparse=*/false, on_device(weights, device), /*include_last_offset=*/true));
  return at::index_select(sums, 0, on_device(places, device));
}

std::vector<std::int64_t> appearances(const SparseRows& sets, std::int32_t ids) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(ids));
  for (const Entry& entry : sets.entries) ++counts[static_cast<std::size_t>(entry.id)];
  return counts;
}

}  // namespace cofi::kernels
