#include "train/packed_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "cofi/kernels/step.hpp"

namespace cofi::train {
namespace {

constexpr std::int64_t kGrain = 1 << 13;  // numbers that a thread packs at a time

// body(packed row's number, the gradient's row), in parallel.
template <class Body>
void each_row(const SumTable& table, const ThreadPool& pool, const Body& body) {
  const std::int64_t stride = kernels::row_layout(table.gradient).stride;
  const std::int64_t cols = std::max<std::int64_t>(1, packed_cols(table));
  float* values = table.gradient.data_ptr<float>();
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / cols);
  parallel_for(pool, packed_count(table) / cols, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t row = table.all_rows ? k : table.rows.data()[k];
      body(k, values + row * stride);
    }
  });
}

std::size_t float_bytes(std::int64_t cols) {
  return static_cast<std::size_t>(cols) * sizeof(float);
}

void pack_threads(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers) {
  const std::int64_t cols = packed_cols(table);
  auto* to = numbers.data_ptr<float>();
  each_row(table, pool, [&](std::int64_t k, const float* row) {
    std::memcpy(to + k * cols, row, float_bytes(cols));
  });
}

void unpack_threads(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers) {
  const std::int64_t cols = packed_cols(table);
  const auto* from = numbers.data_ptr<float>();
  each_row(table, pool, [&](std::int64_t k, float* row) {
    std::memcpy(row, from + k * cols, float_bytes(cols));
  });
}

std::int64_t add_fixed_threads(const SumTable& table, const std::vector<std::int32_t>& places,
                               const ThreadPool& pool, const at::Tensor& sums) {
  const std::int64_t cols = packed_cols(table);
  auto* all = sums.data_ptr<std::int64_t>();
  std::atomic<std::int64_t> overflows{0};
  each_row(table, pool, [&](std::int64_t k, float* row) {
    const std::int64_t place =
        table.all_rows ? k : places[static_cast<std::size_t>(table.rows.data()[k])];
    std::int64_t* to = all + place * cols;
    std::int64_t wrong = 0;
    for (std::int64_t c = 0; c < cols; ++c) {
      const double value = row[c] * kFixedOne;
      const bool fits = std::abs(value) < kFixedLargest;  // false for NaN
      to[c] += fits ? std::llrint(value) : 0;
      wrong += fits ? 0 : 1;
      row[c] = 0;
    }
    if (wrong > 0) overflows += wrong;
  });
  return overflows;
}

void unpack_fixed_threads(const SumTable& table, const ThreadPool& pool, const at::Tensor& numbers,
                          double by) {
  const std::int64_t cols = packed_cols(table);
  const auto* from = numbers.data_ptr<std::int64_t>();
  each_row(table, pool, [&](std::int64_t k, float* row) {
    for (std::int64_t c = 0; c < cols; ++c) {
      row[c] = static_cast<float>(static_cast<double>(from[k * cols + c]) * by);
    }
  });
}

// [rows, cols], of the same memory.
at::Tensor matrix(const at::Tensor& table) {
  const std::int64_t rows = table.dim() == 0 ? 1 : table.size(0);
  return table.view({rows, table.numel() / std::max<std::int64_t>(1, rows)});
}

at::Tensor index_of(View<std::int32_t> rows, c10::Device device) {
  auto* first = const_cast<std::int32_t*>(rows.data());
  return at::from_blob(first, {static_cast<std::int64_t>(rows.size())}, at::kInt)
      .to(at::device(device).dtype(at::kLong));
}

at::Tensor packed_matrix(const SumTable& table) {
  const at::Tensor all = matrix(table.gradient);
  return table.all_rows ? all : all.index_select(0, index_of(table.rows, all.device()));
}

void put_matrix(const SumTable& table, const at::Tensor& values) {
  at::Tensor all = matrix(table.gradient);
  if (table.all_rows) {
    all.copy_(values);
  } else {
    all.index_copy_(0, index_of(table.rows, all.device()), values);
  }
}

void pack_operations(const SumTable& table, const ThreadPool&, const at::Tensor& numbers) {
  const at::Tensor packed = packed_matrix(table);
  numbers.view(packed.sizes()).copy_(packed);
}

void unpack_operations(const SumTable& table, const ThreadPool&, const at::Tensor& numbers) {
  put_matrix(table, numbers.view({-1, packed_cols(table)}));
}

std::int64_t add_fixed_operations(const SumTable& table, const std::vector<std::int32_t>& places,
                                  const ThreadPool&, const at::Tensor& sums) {
  const at::Tensor values = packed_matrix(table);
  const at::Tensor fixed = values.to(at::kDouble) * kFixedOne;
  const at::Tensor fits = fixed.abs() < kFixedLargest;  // false for NaN
  const at::Tensor terms = at::where(fits, fixed, at::zeros_like(fixed)).round().to(at::kLong);
  at::Tensor to = sums.view({-1, packed_cols(table)});
  if (table.all_rows) {
    to.add_(terms);
  } else {
    std::vector<std::int32_t> at;
    for (const std::int32_t row : table.rows) at.push_back(places[static_cast<std::size_t>(row)]);
    to.index_add_(0, index_of(at, to.device()), terms);
  }
  put_matrix(table, at::zeros_like(values));
  return fits.numel() - fits.sum().item<std::int64_t>();
}

void unpack_fixed_operations(const SumTable& table, const ThreadPool&, const at::Tensor& numbers,
                             double by) {
  put_matrix(table, (numbers.to(at::kDouble) * by).to(at::kFloat).view({-1, packed_cols(table)}));
}

}  // namespace

std::int64_t packed_cols(const SumTable& table) {
  const at::Tensor& gradient = table.gradient;
  return gradient.dim() == 0 ? 1 : gradient.numel() / std::max<std::int64_t>(1, gradient.size(0));
}

std::int64_t packed_count(const SumTable& table) {
  if (table.all_rows) return table.gradient.numel();
  return static_cast<std::int64_t>(table.rows.size()) * packed_cols(table);
}

const RowPacking kByThreads{&pack_threads, &unpack_threads, &add_fixed_threads,
                            &unpack_fixed_threads};
const RowPacking kByOperations{&pack_operations, &unpack_operations, &add_fixed_operations,
                               &unpack_fixed_operations};

}  // namespace cofi::train
