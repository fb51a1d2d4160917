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
  return column.slice(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
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
      batches_((static_cast<std::int64_t>(context.train.size()) + size_ - 1) / size_) {
  users_.train = context.train.users.view(), items_.train = context.train.items.view();
  values_.train = context.train.values.view(), times_.train = context.train.times.view();
}

void Sampler::start_epoch(std::int64_t epoch) {
  epoch_random_ = context_.random.stream("batches").stream(static_cast<std::uint64_t>(epoch));
  if (!context_.options.shuffle) return;
  shuffle(context_.random.stream("shuffle").stream(static_cast<std::uint64_t>(epoch)),
          static_cast<std::int32_t>(context_.train.size()), context_.pool, order_);
}

std::int64_t Sampler::open(std::int64_t k) {
  batch_random_ = epoch_random_.stream(static_cast<std::uint64_t>(k));
  begin_ = k * size_;
  end_ = std::min(begin_ + size_, static_cast<std::int64_t>(context_.train.size()));
  each_column([](auto& column) { column.batch = {}; });
  return end_ - begin_;
}

template <class T>
View<T> Sampler::whole(Column<T>& column) {
  if (!column.batch.empty() || column.train.empty()) return column.batch;
  if (order_.empty()) return column.batch = part(column.train, begin_, end_);
  take(column.train, part(View<std::int32_t>(order_), begin_, end_), column.gathered,
       context_.pool);
  return column.batch = column.gathered;
}

Batch Sampler::batch(std::int64_t k) {
  open(k);
  each_column([&](auto& column) { column.part = whole(column); });
  return on_device({});
}

Batch Sampler::select(View<std::int32_t> positions) {
  const auto count = static_cast<std::int64_t>(positions.size());
  const std::int64_t first = count == 0 ? 0 : positions[0];
  const bool contiguous = count == 0 || positions[positions.size() - 1] == first + count - 1;
  View<std::int32_t> rows;  // of the training data, where they have to be looked up
  if (contiguous && !order_.empty()) {
    rows = part(View<std::int32_t>(order_), begin_ + first, begin_ + first + count);
  } else if (!contiguous) {
    positions_.resize(positions.size());
    for (std::size_t n = 0; n < positions.size(); ++n) {
      const std::int64_t at = begin_ + positions[n];
      positions_[n] =
          order_.empty() ? static_cast<std::int32_t>(at) : order_[static_cast<std::size_t>(at)];
    }
    rows = positions_;
  }
  each_column([&](auto& column) {
    if (column.train.empty()) return;
    if (contiguous && !column.batch.empty()) {
      column.part = part(column.batch, first, first + count);
    } else if (rows.empty()) {
      column.part = part(column.train, begin_ + first, begin_ + first + count);
    } else {
      // The batch's own column is denser in memory.
      const bool gathered = !column.batch.empty();
      take(gathered ? column.batch : column.train, gathered ? positions : rows, column.chosen,
           context_.pool);
      column.part = column.chosen;
    }
  });
  return on_device(positions);
}

Batch Sampler::on_device(View<std::int32_t> positions) const {
  const c10::Device device = context_.device;
  return {tensor_of(users_.part, device),
          tensor_of(items_.part, device),
          tensor_of(values_.part, device),
          tensor_of(times_.part, device),
          batch_random_,
          positions};
}

void Sampler::group(GroupPair& out) {
  context_.pool.run(2, [&](std::int64_t side) {
    side == 0 ? groupers_[0].group(users_.part, context_.users, out[0])
              : groupers_[1].group(items_.part, context_.items, out[1]);
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
