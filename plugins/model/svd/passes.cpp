#include "passes.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

using cofi::kernels::FactorRating;
using cofi::kernels::FactorSgd;

SequentialPasses::SequentialPasses(const cofi::FitContext& context)
    : train_(context.train), shuffle_(context.options.shuffle) {}

double SequentialPasses::run(const cofi::SgdPass& pass, const FactorSgd& model) const {
  constexpr std::size_t kChunk = 1024;
  std::vector<std::int32_t> order;
  if (shuffle_) {
    cofi::Random random = pass.random;
    order = random.permutation(static_cast<std::int32_t>(train_.size()));
  }
  std::vector<FactorRating> chunk;
  double loss_sum = 0;
  for (std::size_t first = 0; first < train_.size(); first += kChunk) {
    chunk.clear();
    for (std::size_t n = first; n < std::min(train_.size(), first + kChunk); ++n) {
      const std::size_t row = shuffle_ ? static_cast<std::size_t>(order[n]) : n;
      chunk.push_back({train_.users[row], train_.items[row], train_.values[row]});
    }
    loss_sum += cofi::kernels::sgd_steps(model, chunk);
  }
  return loss_sum;
}

namespace {

// The range [0, ranges) of each id, so that all have about as many of the ratings.
std::vector<std::int32_t> ranges_of(cofi::View<std::int64_t> counts, std::int32_t ranges) {
  const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<std::int32_t> range(counts.size());
  std::int64_t before = 0;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    // Its middle rating decides; in double, as the product can pass 64 bits.
    const double middle = static_cast<double>(before) + static_cast<double>(counts[id]) / 2;
    range[id] =
        std::min(ranges - 1, static_cast<std::int32_t>(middle * ranges / static_cast<double>(all)));
    before += counts[id];
  }
  return range;
}

std::int32_t blocks_for(const cofi::FitContext& context, std::int64_t asked, std::int64_t stride) {
  constexpr std::int64_t kCellBytes = 512 * 1024, kFewest = 16, kMost = 256;
  const std::int64_t row_bytes = stride * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t bytes = row_bytes * (std::int64_t{context.users} + context.items);
  const std::int64_t fitting = std::clamp((bytes + kCellBytes - 1) / kCellBytes, kFewest, kMost);
  const std::int64_t most = std::min(context.users, context.items);
  return static_cast<std::int32_t>(std::min(asked > 0 ? asked : fitting, most));
}

}  // namespace

BlockedPasses::BlockedPasses(const cofi::FitContext& context, std::int64_t blocks,
                             std::int64_t stride)
    : blocks_(blocks_for(context, blocks, stride)) {
  const cofi::Interactions& train = context.train;
  const std::vector<std::int32_t> user_range = ranges_of(context.user_counts, blocks_);
  const std::vector<std::int32_t> item_range = ranges_of(context.item_counts, blocks_);
  const auto cell_of = [&](std::size_t row) {
    return static_cast<std::size_t>(user_range[static_cast<std::size_t>(train.users[row])]) *
               static_cast<std::size_t>(blocks_) +
           static_cast<std::size_t>(item_range[static_cast<std::size_t>(train.items[row])]);
  };
  starts_.assign(static_cast<std::size_t>(blocks_) * static_cast<std::size_t>(blocks_) + 1, 0);
  for (std::size_t row = 0; row < train.size(); ++row) ++starts_[cell_of(row) + 1];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  std::vector<std::int64_t> next(starts_.begin(), starts_.end() - 1);
  ratings_.resize(train.size());
  for (std::size_t row = 0; row < train.size(); ++row) {
    const auto at = static_cast<std::size_t>(next[cell_of(row)]++);
    ratings_[at] = {train.users[row], train.items[row], train.values[row]};
  }
  const cofi::Random random = context.random.stream("cells");
  const auto cells = static_cast<std::int64_t>(starts_.size()) - 1;
  context.pool.run(cells, [&](std::int64_t cell) {
    cofi::Random own = random.stream(static_cast<std::uint64_t>(cell));
    FactorRating* first = ratings_.data() + starts_[static_cast<std::size_t>(cell)];
    const std::int64_t count =
        starts_[static_cast<std::size_t>(cell) + 1] - starts_[static_cast<std::size_t>(cell)];
    for (std::int64_t n = count; n > 1; --n) {
      std::swap(first[n - 1], first[own.below(static_cast<std::uint64_t>(n))]);
    }
  });
}

double BlockedPasses::run(const cofi::SgdPass& pass, const FactorSgd& model) const {
  cofi::Random random = pass.random;
  const auto width = static_cast<std::size_t>(blocks_);
  std::vector<double> losses(width * width);
  // Which range of items meets which of users in the first round; the next rounds turn it.
  const std::vector<std::int32_t> meets = random.permutation(blocks_);
  for (const std::int32_t round : random.permutation(blocks_)) {
    pass.pool.run(blocks_, [&](std::int64_t user_range) {
      const auto mine = static_cast<std::size_t>(user_range);
      const auto other =
          static_cast<std::size_t>(meets[(mine + static_cast<std::size_t>(round)) % width]);
      const std::size_t cell = mine * width + other;
      const auto first = static_cast<std::size_t>(starts_[cell]);
      const auto last = static_cast<std::size_t>(starts_[cell + 1]);
      losses[cell] = cofi::kernels::sgd_steps(model, {ratings_.data() + first, last - first});
    });
  }
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}
