#include "train/sampler.hpp"

#include <ATen/ops/from_blob.h>

#include <algorithm>

#include "train/shuffle.hpp"

namespace cofi::train {
namespace {

// Rows a thread gathers at a time.
constexpr std::int64_t kGather = 4096;

template <class T>
View<T> part(View<T> column, std::int64_t begin, std::int64_t end) {
  return column.empty()
             ? View<T>()
             : column.slice(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

// The values where they are, or a copy of them on another device; undefined where there are none.
template <class T>
at::Tensor tensor_of(View<T> values, c10::Device device) {
  if (values.empty()) return {};
  const at::Tensor here =
      at::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())},
                    c10::CppTypeToScalarType<T>::value);
  return device.is_cpu() ? here : here.to(device);
}

template <class T>
void take(const Column<T>& column, View<std::int32_t> rows, std::vector<T>& out,
          const ThreadPool& pool) {
  if (column.empty()) return;
  out.resize(rows.size());
  parallel_for(pool, static_cast<std::int64_t>(rows.size()), kGather,
               [&](std::int64_t begin, std::int64_t end) {
                 const T* from = column.data();
                 for (std::int64_t k = begin; k < end; ++k) {
                   out[static_cast<std::size_t>(k)] = from[rows.data()[k]];
                 }
               });
}

}  // namespace

Sampler::Sampler(const FitContext& context)
    : context_(context),
      batches_((static_cast<std::int64_t>(context.train.size()) + context.options.batch - 1) /
               context.options.batch) {}

void Sampler::start_epoch(std::int64_t epoch) {
  if (!context_.options.shuffle) return;
  shuffle(context_.random.stream("shuffle").stream(static_cast<std::uint64_t>(epoch)),
          static_cast<std::int32_t>(context_.train.size()), context_.pool, order_);
}

Batch Sampler::batch(std::int64_t k) {
  const Interactions& train = context_.train;
  const std::int64_t begin = k * context_.options.batch;
  const std::int64_t end =
      std::min(begin + context_.options.batch, static_cast<std::int64_t>(train.size()));
  View<float> values;
  View<std::int64_t> times;
  if (context_.options.shuffle) {
    gather(begin, end);
    users_ = gathered_.users, items_ = gathered_.items;
    values = gathered_.values, times = gathered_.times;
  } else {
    users_ = part(train.users.view(), begin, end), items_ = part(train.items.view(), begin, end);
    values = part(train.values.view(), begin, end), times = part(train.times.view(), begin, end);
  }
  const c10::Device device = context_.device;
  return {tensor_of(users_, device), tensor_of(items_, device), tensor_of(values, device),
          tensor_of(times, device)};
}

void Sampler::gather(std::int64_t begin, std::int64_t end) {
  const Interactions& train = context_.train;
  const View<std::int32_t> rows = part(View<std::int32_t>(order_), begin, end);
  take(train.users, rows, gathered_.users, context_.pool);
  take(train.items, rows, gathered_.items, context_.pool);
  take(train.values, rows, gathered_.values, context_.pool);
  take(train.times, rows, gathered_.times, context_.pool);
}

void Sampler::group(GroupPair& out) {
  context_.pool.run(2, [&](std::int64_t side) {
    side == 0 ? groupers_[0].group(users_, context_.users, out[0])
              : groupers_[1].group(items_, context_.items, out[1]);
  });
}

Sampler::Groups Sampler::groups(std::int64_t k) {
  const auto at = static_cast<std::size_t>(k);
  if (at < kept_.size()) return {kept_[at][0].view(), kept_[at][1].view()};
  group(groups_);
  const std::size_t bytes = groups_[0].bytes() + groups_[1].bytes();
  constexpr std::size_t kRowBytes = 2 * sizeof(std::int32_t) + sizeof(float);
  if (!context_.options.shuffle && at == kept_.size() &&
      kept_bytes_ + bytes <= kRowBytes * context_.train.size()) {
    kept_bytes_ += bytes;
    kept_.push_back(groups_);
  }
  return {groups_[0].view(), groups_[1].view()};
}

}  // namespace cofi::train
