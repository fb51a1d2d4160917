#include "train/gradient_sum.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>

namespace cofi::train {
namespace {

constexpr std::int64_t kBucket =
    1 << 20;                       // numbers that are exchanged at once, while others are packed
constexpr std::int64_t kHead = 3;  // numbers before the gradients': flags, and what did not fit
constexpr std::int64_t kClearGrain = 1 << 16;  // numbers that a thread clears at a time

}  // namespace

at::Tensor GradientSum::grown(std::int64_t count, at::ScalarType type) {
  if (!packed_.defined() || packed_.numel() < count || packed_.scalar_type() != type) {
    packed_ = at::empty({count + count / 4}, at::device(context_.device).dtype(type));
  }
  return packed_.narrow(0, 0, count);
}

// What did not fit is none of a float sum's.
void GradientSum::put_head(const at::Tensor& numbers, Flags mine) const {
  std::array<std::int64_t, kHead> head = {mine.not_finite ? 1 : 0, mine.stop ? 1 : 0, overflows_};
  numbers.narrow(0, 0, kHead).copy_(at::from_blob(head.data(), {kHead}, at::kLong));
}

std::int64_t GradientSum::exchanged(const std::vector<SumTable>& tables) {
  std::int64_t count = kHead;
  for (const SumTable& table : tables) count += table.stays ? 0 : packed_count(table);
  return count;
}

GradientSum::Flags GradientSum::finish(std::vector<SumTable>& tables, double scale, Flags mine) {
  return shares_.exact() ? finish_exact(tables, scale, mine) : finish_float(tables, mine);
}

void GradientSum::open(const std::vector<SumTable>& tables) {
  opened_ = &tables;
  written_.assign(tables.size(), 0);
  starts_.resize(tables.size());
  unpacked_ = tables.size();
  packed_end_ = sent_end_ = 0;
  under_way_.clear();
  ends_.clear();
  grown(exchanged(tables), at::kFloat);
}

void GradientSum::send() {
  if (packed_end_ == sent_end_) return;
  under_way_.push_back(context_.communicator.all_reduce(
      packed_.narrow(0, sent_end_, packed_end_ - sent_end_), ReduceOp::kSum));
  ends_.push_back(sent_end_ = packed_end_);
}

// Every rank sends the same, in the same order, whenever its tables are written.
void GradientSum::written(std::size_t table) {
  written_[table] = 1;
  while (unpacked_ > 0 && written_[unpacked_ - 1] != 0) {
    const SumTable& next = (*opened_)[--unpacked_];
    if (next.stays) continue;
    const std::int64_t numbers = packed_count(next);
    starts_[unpacked_] = packed_end_;
    packing_.pack(next, context_.pool, packed_.narrow(0, packed_end_, numbers));
    packed_end_ += numbers;
    if (packed_end_ - sent_end_ >= kBucket) send();
  }
}

GradientSum::Flags GradientSum::finish_float(std::vector<SumTable>& tables, Flags mine) {
  if (opened_ == nullptr) open(tables);
  for (std::size_t t = 0; t < tables.size(); ++t) written(t);
  const at::Tensor head = packed_.narrow(0, packed_end_, kHead);
  put_head(head, mine);
  packed_end_ += kHead;
  send();
  opened_ = nullptr;
  std::size_t done = 0;
  const auto wait_for = [&](std::int64_t end) {
    while (done < ends_.size() && (done == 0 || ends_[done - 1] < end)) under_way_[done++]->wait();
  };
  for (std::size_t t = tables.size(); t-- > 0;) {
    if (tables[t].stays) continue;
    const std::int64_t numbers = packed_count(tables[t]);
    wait_for(starts_[t] + numbers);
    packing_.unpack(tables[t], context_.pool, packed_.narrow(0, starts_[t], numbers));
  }
  wait_for(packed_end_);
  const at::Tensor flags = head.cpu();
  const auto* said = flags.data_ptr<float>();
  return {said[0] > 0, said[1] > 0};
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
      at += packed_count(tables[t]);
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

at::Tensor GradientSum::table_of(std::size_t t, const SumTable& table) const {
  return packed_.narrow(0, starts_[t], packed_count(table));
}

void GradientSum::begin(const std::vector<SumTable>& tables) {
  place_rows(tables);
  at::Tensor all = grown(starts_.back(), at::kLong);
  if (all.is_cpu()) {
    auto* numbers = all.data_ptr<std::int64_t>();
    parallel_for(context_.pool, starts_.back(), kClearGrain,
                 [&](std::int64_t begin, std::int64_t end) {
                   std::fill(numbers + begin, numbers + end, 0);
                 });
  } else {
    all.zero_();
  }
  overflows_ = 0;
}

void GradientSum::add(const std::vector<SumTable>& tables,
                      const std::vector<View<std::int32_t>>& touched) {
  for (std::size_t t = 0; t < tables.size(); ++t) {
    SumTable part = tables[t];
    if (!part.all_rows) part.rows = touched[t];
    const std::int64_t overflows =
        packing_.add_fixed(part, places_[t], context_.pool, table_of(t, tables[t]));
    if (overflows > 0 && overflows_ == 0) overflowed_ = part.name;
    overflows_ += overflows;
  }
}

GradientSum::Flags GradientSum::finish_exact(std::vector<SumTable>& tables, double scale,
                                             Flags mine) {
  const std::int64_t count = exchanged(tables);
  put_head(packed_, mine);
  std::vector<Communicator::Pending> under_way;
  if (context_.communicator.size() > 1) {
    for (std::int64_t at = 0; at < count; at += kBucket) {
      under_way.push_back(context_.communicator.all_reduce(
          packed_.narrow(0, at, std::min(kBucket, count - at)), ReduceOp::kSum));
    }
  }
  for (const auto& work : under_way) work->wait();
  for (std::size_t t = 0; t < tables.size(); ++t) {
    packing_.unpack_fixed(tables[t], context_.pool, table_of(t, tables[t]), scale / kFixedOne);
  }
  const at::Tensor head = packed_.narrow(0, 0, kHead).cpu();
  const auto* numbers = head.data_ptr<std::int64_t>();
  if (numbers[2] > 0 && numbers[0] == 0) {
    throw Error(
        "train.sum: exact: ",
        overflows_ > 0 ? "the gradient of '" + overflowed_ + "' has "
                       : "the gradient on another rank has ",
        "numbers beyond what fixed point holds (", kFixedLargest / kFixedOne,
        " a part of a batch), or none at all: lower the optimizer's lr, scale the ratings, ",
        "or set train.sum: float");
  }
  return {numbers[0] > 0, numbers[1] > 0};
}

}  // namespace cofi::train
