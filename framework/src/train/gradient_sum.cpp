#include "train/gradient_sum.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "cofi/kernels/step.hpp"

namespace cofi::train {
namespace {

constexpr double kOne = static_cast<double>(1LL << 36);  // fixed point
constexpr double kLargest =
    static_cast<double>(1LL << 56);  // of one part's, so that 64 of them are no overflow
constexpr std::int64_t kBucket =
    1 << 20;                       // numbers that are exchanged at once, while others are packed
constexpr std::int64_t kHead = 3;  // numbers before the gradients': flags, and what did not fit
constexpr std::int64_t kGrain = 1 << 13;  // numbers that a thread packs at a time

struct Packed {
  std::int64_t rows, cols, stride;
  std::int64_t count() const { return rows * cols; }
};

Packed packed_of(const SumTable& table) {
  const kernels::RowLayout layout = kernels::row_layout(table.gradient);
  const std::int64_t rows =
      table.all_rows ? layout.rows : static_cast<std::int64_t>(table.rows.size());
  return {rows, layout.cols, layout.stride};
}

// body(packed row's number, the gradient's row), in parallel.
template <class Body>
void each_row(const SumTable& table, const ThreadPool& pool, const Body& body) {
  const Packed packed = packed_of(table);
  float* values = table.gradient.data_ptr<float>();
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, packed.cols));
  parallel_for(pool, packed.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t row = table.all_rows ? k : table.rows.data()[k];
      body(k, values + row * packed.stride);
    }
  });
}

at::Tensor grown(at::Tensor& buffer, std::int64_t count, at::ScalarType type) {
  if (!buffer.defined() || buffer.numel() < count || buffer.scalar_type() != type) {
    buffer = at::empty({count + count / 4}, type);
  }
  return buffer.narrow(0, 0, count);
}

}  // namespace

std::int64_t GradientSum::exchanged(const std::vector<SumTable>& tables) {
  std::int64_t count = kHead;
  for (const SumTable& table : tables) count += table.stays ? 0 : packed_of(table).count();
  return count;
}

GradientSum::Flags GradientSum::finish(std::vector<SumTable>& tables, double scale, Flags mine) {
  return shares_.exact() ? finish_exact(tables, scale, mine) : finish_float(tables, mine);
}

GradientSum::Flags GradientSum::finish_float(std::vector<SumTable>& tables, Flags mine) {
  const std::int64_t count = exchanged(tables);
  at::Tensor all = grown(packed_, count, at::kFloat);
  auto* numbers = all.data_ptr<float>();
  numbers[0] = mine.not_finite ? 1 : 0;
  numbers[1] = mine.stop ? 1 : 0;
  numbers[2] = 0;
  std::vector<Communicator::Pending> under_way;
  std::vector<std::int64_t> ends;  // of what is under way
  std::int64_t sent = 0, at = kHead;
  const auto send = [&] {
    if (at == sent) return;
    under_way.push_back(
        context_.communicator.all_reduce(all.narrow(0, sent, at - sent), ReduceOp::kSum));
    ends.push_back(sent = at);
  };
  for (const SumTable& table : tables) {
    if (table.stays) continue;
    const std::int64_t cols = packed_of(table).cols;
    float* to = numbers + at;
    each_row(table, context_.pool, [&](std::int64_t k, const float* row) {
      std::memcpy(to + k * cols, row, static_cast<std::size_t>(cols) * sizeof(float));
    });
    at += packed_of(table).count();
    if (at - sent >= kBucket) send();
  }
  send();
  std::size_t done = 0;
  std::int64_t from = kHead;
  const auto wait_for = [&](std::int64_t end) {
    while (done < ends.size() && (done == 0 || ends[done - 1] < end)) under_way[done++]->wait();
  };
  for (const SumTable& table : tables) {
    if (table.stays) continue;
    const Packed packed = packed_of(table);
    wait_for(from + packed.count());
    const float* sums = numbers + from;
    each_row(table, context_.pool, [&](std::int64_t k, float* row) {
      std::memcpy(row, sums + k * packed.cols,
                  static_cast<std::size_t>(packed.cols) * sizeof(float));
    });
    from += packed.count();
  }
  wait_for(count);
  return {numbers[0] > 0, numbers[1] > 0};
}

void GradientSum::place_rows(const std::vector<SumTable>& tables) {
  starts_.clear();
  places_.resize(tables.size());
  std::int64_t at = kHead;
  // What stays is behind what is exchanged.
  for (const bool stays : {false, true}) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      if (stays != tables[t].stays) continue;
      starts_.resize(tables.size());
      starts_[t] = at;
      at += packed_of(tables[t]).count();
    }
  }
  starts_.push_back(at);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].all_rows) continue;
    places_[t].resize(static_cast<std::size_t>(tables[t].gradient.size(0)));
    for (std::size_t k = 0; k < tables[t].rows.size(); ++k) {
      places_[t][static_cast<std::size_t>(tables[t].rows[k])] = static_cast<std::int32_t>(k);
    }
  }
}

void GradientSum::begin(const std::vector<SumTable>& tables) {
  place_rows(tables);
  at::Tensor all = grown(packed_, starts_.back(), at::kLong);
  auto* numbers = all.data_ptr<std::int64_t>();
  parallel_for(context_.pool, starts_.back(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::fill(numbers + begin, numbers + end, 0);
  });
  overflows_ = 0;
}

void GradientSum::add(const std::vector<SumTable>& tables,
                      const std::vector<View<std::int32_t>>& touched) {
  auto* numbers = packed_.data_ptr<std::int64_t>();
  for (std::size_t t = 0; t < tables.size(); ++t) {
    SumTable part = tables[t];
    if (!part.all_rows) part.rows = touched[t];
    const std::int64_t cols = packed_of(part).cols;
    std::atomic<std::int64_t> overflows{0};
    each_row(part, context_.pool, [&](std::int64_t k, float* row) {
      const std::int64_t place =
          part.all_rows ? k : places_[t][static_cast<std::size_t>(part.rows.data()[k])];
      std::int64_t* sums = numbers + starts_[t] + place * cols;
      std::int64_t wrong = 0;
      for (std::int64_t c = 0; c < cols; ++c) {
        const double value = row[c] * kOne;
        const bool fits = std::abs(value) < kLargest;  // false for NaN
        sums[c] += fits ? std::llrint(value) : 0;
        wrong += fits ? 0 : 1;
        row[c] = 0;
      }
      if (wrong > 0) overflows += wrong;
    });
    if (overflows > 0 && overflows_ == 0) overflowed_ = part.name;
    overflows_ += overflows;
  }
}

GradientSum::Flags GradientSum::finish_exact(std::vector<SumTable>& tables, double scale,
                                             Flags mine) {
  const std::int64_t count = exchanged(tables);
  auto* numbers = packed_.data_ptr<std::int64_t>();
  numbers[0] = mine.not_finite ? 1 : 0;
  numbers[1] = mine.stop ? 1 : 0;
  numbers[2] = overflows_;
  std::vector<Communicator::Pending> under_way;
  if (context_.communicator.size() > 1) {
    for (std::int64_t at = 0; at < count; at += kBucket) {
      under_way.push_back(context_.communicator.all_reduce(
          packed_.narrow(0, at, std::min(kBucket, count - at)), ReduceOp::kSum));
    }
  }
  for (const auto& work : under_way) work->wait();
  const double by = scale / kOne;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const std::int64_t cols = packed_of(tables[t]).cols;
    const std::int64_t* sums = numbers + starts_[t];
    each_row(tables[t], context_.pool, [&](std::int64_t k, float* row) {
      for (std::int64_t c = 0; c < cols; ++c) {
        row[c] = static_cast<float>(static_cast<double>(sums[k * cols + c]) * by);
      }
    });
  }
  if (numbers[2] > 0 && numbers[0] == 0) {
    throw Error(
        "train.sum: exact: ",
        overflows_ > 0 ? "the gradient of '" + overflowed_ + "' has "
                       : "the gradient on another rank has ",
        "numbers beyond what fixed point holds (", kLargest / kOne,
        " a part of a batch), or none at all: lower the optimizer's lr, scale the ratings, ",
        "or set train.sum: float");
  }
  return {numbers[0] > 0, numbers[1] > 0};
}

}  // namespace cofi::train
