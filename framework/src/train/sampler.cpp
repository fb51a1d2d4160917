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
void take(View<T> column, View<std::int32_t> rows, std::vector<T>& out, const ThreadPool& pool) {
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
      size_(context.options.batch *
            (context.options.batch_of_rank ? context.communicator.size() : 1)),
      batches_((static_cast<std::int64_t>(context.train.size()) + size_ - 1) / size_) {}

void Sampler::start_epoch(std::int64_t epoch) {
  if (!context_.options.shuffle) return;
  shuffle(context_.random.stream("shuffle").stream(static_cast<std::uint64_t>(epoch)),
          static_cast<std::int32_t>(context_.train.size()), context_.pool, order_);
}

Batch Sampler::batch(std::int64_t k) {
  const Interactions& train = context_.train;
  const std::int64_t begin = k * size_;
  const std::int64_t end = std::min(begin + size_, static_cast<std::int64_t>(train.size()));
  if (context_.options.shuffle) {
    gather(begin, end);
    users_ = gathered_.users, items_ = gathered_.items;
    values_ = gathered_.values, times_ = gathered_.times;
  } else {
    users_ = part(train.users.view(), begin, end), items_ = part(train.items.view(), begin, end);
    values_ = part(train.values.view(), begin, end), times_ = part(train.times.view(), begin, end);
  }
  batch_users_ = users_, batch_items_ = items_, batch_values_ = values_, batch_times_ = times_;
  return on_device();
}

Batch Sampler::on_device() const {
  const c10::Device device = context_.device;
  return {tensor_of(users_, device), tensor_of(items_, device), tensor_of(values_, device),
          tensor_of(times_, device)};
}

Batch Sampler::select(View<std::int32_t> positions) {
  const auto n = static_cast<std::int64_t>(positions.size());
  const std::int64_t first = n == 0 ? 0 : positions[0];
  if (n == 0 || positions[positions.size() - 1] == first + n - 1) {  // ascending: contiguous
    users_ = part(batch_users_, first, first + n), items_ = part(batch_items_, first, first + n);
    values_ = part(batch_values_, first, first + n);
    times_ = part(batch_times_, first, first + n);
  } else {
    take(batch_users_, positions, selected_.users, context_.pool);
    take(batch_items_, positions, selected_.items, context_.pool);
    take(batch_values_, positions, selected_.values, context_.pool);
    take(batch_times_, positions, selected_.times, context_.pool);
    users_ = selected_.users, items_ = selected_.items;
    values_ = selected_.values;
    times_ = batch_times_.empty() ? View<std::int64_t>() : View<std::int64_t>(selected_.times);
  }
  return on_device();
}

void Sampler::gather(std::int64_t begin, std::int64_t end) {
  const Interactions& train = context_.train;
  const View<std::int32_t> rows = part(View<std::int32_t>(order_), begin, end);
  take(train.users.view(), rows, gathered_.users, context_.pool);
  take(train.items.view(), rows, gathered_.items, context_.pool);
  take(train.values.view(), rows, gathered_.values, context_.pool);
  take(train.times.view(), rows, gathered_.times, context_.pool);
}

void Sampler::group(GroupPair& out) {
  context_.pool.run(2, [&](std::int64_t side) {
    side == 0 ? groupers_[0].group(users_, context_.users, out[0])
              : groupers_[1].group(items_, context_.items, out[1]);
  });
}

Sampler::Groups Sampler::groups(std::int64_t k, bool keep) {
  const auto at = static_cast<std::size_t>(k);
  if (keep && at < kept_.size()) return {kept_[at][0].view(), kept_[at][1].view()};
  group(groups_);
  const std::size_t bytes = groups_[0].bytes() + groups_[1].bytes();
  constexpr std::size_t kRowBytes = 2 * sizeof(std::int32_t) + sizeof(float);
  if (keep && !context_.options.shuffle && at == kept_.size() &&
      kept_bytes_ + bytes <= kRowBytes * context_.train.size()) {
    kept_bytes_ += bytes;
    kept_.push_back(groups_);
  }
  return {groups_[0].view(), groups_[1].view()};
}

}  // namespace cofi::train
