#include "passes.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "cofi/row_shares.hpp"

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

// [ranges + 1] the first id of each; ranges are contiguous.
std::vector<std::int64_t> firsts_of(const std::vector<std::int32_t>& range, std::int32_t ranges) {
  std::vector<std::int64_t> first;
  for (std::int32_t each = 0; each <= ranges; ++each) {
    first.push_back(std::lower_bound(range.begin(), range.end(), each) - range.begin());
  }
  return first;
}

// A range's rows of each table, with the padding between them: pieces of memory.
std::vector<at::Tensor> rows_of(const std::vector<at::Tensor>& tables,
                                const std::vector<std::int64_t>& first, std::int32_t range) {
  const std::int64_t begin = first[static_cast<std::size_t>(range)];
  const std::int64_t end = first[static_cast<std::size_t>(range) + 1];
  std::vector<at::Tensor> parts;
  for (const at::Tensor& table : tables) {
    if (begin < end) parts.push_back(cofi::piece_of_rows(table, begin, end));
  }
  return parts;
}

std::int32_t blocks_for(const cofi::FitContext& context, std::int64_t asked, std::int64_t stride) {
  constexpr std::int64_t kCellBytes = 1 << 19, kFewest = 16, kMost = 256;
  const std::int64_t row_bytes = stride * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t bytes = row_bytes * (std::int64_t{context.users} + context.items);
  // A multiple of 16, so that ranks get as many each.
  const std::int64_t fitting =
      std::clamp((bytes / kCellBytes / kFewest + 1) * kFewest, kFewest, kMost);
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
  first_user_ = firsts_of(user_range, blocks_);
  first_item_ = firsts_of(item_range, blocks_);
  const auto cell_of = [&](std::size_t row) {
    return static_cast<std::size_t>(user_range[static_cast<std::size_t>(train.users[row])]) *
               static_cast<std::size_t>(blocks_) +
           static_cast<std::size_t>(item_range[static_cast<std::size_t>(train.items[row])]);
  };
  starts_.assign(static_cast<std::size_t>(blocks_) * static_cast<std::size_t>(blocks_) + 1, 0);
  // Of the ranges that are this rank's.
  const std::int32_t low = first_range(context.communicator, context.communicator.rank());
  const std::int32_t high = first_range(context.communicator, context.communicator.rank() + 1);
  const auto is_mine = [&](std::size_t row) {
    const std::int32_t range = user_range[static_cast<std::size_t>(train.users[row])];
    return range >= low && range < high;
  };
  for (std::size_t row = 0; row < train.size(); ++row) {
    if (is_mine(row)) ++starts_[cell_of(row) + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  std::vector<std::int64_t> next(starts_.begin(), starts_.end() - 1);
  ratings_.resize(static_cast<std::size_t>(starts_.back()));
  for (std::size_t row = 0; row < train.size(); ++row) {
    if (!is_mine(row)) continue;
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

std::int32_t BlockedPasses::first_range(const cofi::Communicator& communicator, int rank) const {
  return static_cast<std::int32_t>(std::int64_t{rank} * blocks_ / communicator.size());
}

double BlockedPasses::run(const cofi::SgdPass& pass, const FactorSgd& model,
                          const std::vector<at::Tensor>& item_tables) const {
  cofi::Communicator& world = pass.communicator;
  const int rank = world.rank(), ranks = world.size();
  if (ranks > blocks_) {
    throw cofi::Error("model/svd: ", ranks, " ranks share out ", blocks_,
                      " ranges of users: set blocks to a multiple of ", ranks);
  }
  const std::int32_t low = first_range(world, rank), high = first_range(world, rank + 1);
  cofi::Random random = pass.random;
  const auto width = static_cast<std::size_t>(blocks_);
  const at::Tensor losses = at::zeros({blocks_, blocks_}, at::kDouble);
  auto* loss = losses.data_ptr<double>();
  // Which range of items meets which of users in the first round; the next rounds turn it.
  const std::vector<std::int32_t> order = random.permutation(blocks_);
  const auto meets = [&](std::int32_t user_range, std::int32_t round) {
    return order[static_cast<std::size_t>(user_range + round) % width];
  };
  const auto run_cells = [&](std::int32_t from, std::int32_t to, std::int32_t round) {
    pass.pool.run(to - from, [&](std::int64_t n) {
      const auto user_range = from + static_cast<std::int32_t>(n);
      const std::size_t cell = static_cast<std::size_t>(user_range) * width +
                               static_cast<std::size_t>(meets(user_range, round));
      const auto first = static_cast<std::size_t>(starts_[cell]);
      const auto last = static_cast<std::size_t>(starts_[cell + 1]);
      loss[cell] = cofi::kernels::sgd_steps(model, {ratings_.data() + first, last - first});
    });
  };
  // One thread sends the first range's items and waits for the last one's while it does the others;
  // several do all of them at once. Nobody waits for what it sends before the end: those rows do
  // not come back before the other rank has had them.
  const bool apart = ranks > 1 && pass.pool.threads() == 1 && high - low > 1;
  std::vector<cofi::Communicator::Pending> sent, arriving;
  const auto wait_for = [](std::vector<cofi::Communicator::Pending>& works) {
    for (const auto& each : works) each->wait();
    works.clear();
  };
  for (std::int32_t round = 0; round < blocks_; ++round) {
    const std::int32_t first = apart ? low + 1 : high, last = apart ? high - 1 : high;
    if (ranks > 1 && round > 0) {
      for (const at::Tensor& part : rows_of(item_tables, first_item_, meets(high - 1, round))) {
        arriving.push_back(world.recv(part, (rank + 1) % ranks));
      }
    }
    if (!apart) wait_for(arriving);
    run_cells(low, first, round);
    if (ranks > 1 && round + 1 < blocks_) {
      for (const at::Tensor& part : rows_of(item_tables, first_item_, meets(low, round))) {
        sent.push_back(world.send(part, (rank + ranks - 1) % ranks));
      }
    }
    run_cells(first, last, round);
    wait_for(arriving);
    run_cells(last, high, round);
  }
  wait_for(sent);
  if (ranks > 1) {
    std::vector<int> last(width);
    std::vector<std::int64_t> first_ranges;
    for (int each = 0; each < ranks; ++each) {
      first_ranges.push_back(first_range(world, each));
      for (std::int32_t range = first_range(world, each); range < first_range(world, each + 1);
           ++range) {
        last[static_cast<std::size_t>(meets(range, blocks_ - 1))] = each;
      }
    }
    first_ranges.push_back(blocks_);
    collect_items(world, item_tables, last);
    cofi::gather_rows(world, losses, first_ranges);
  }
  return std::accumulate(loss, loss + losses.numel(), 0.0);
}

void BlockedPasses::collect_items(cofi::Communicator& communicator,
                                  const std::vector<at::Tensor>& item_tables,
                                  const std::vector<int>& last) const {
  const auto each_part = [&](int rank, const auto& body) {
    std::int64_t at = 0;
    for (std::int32_t range = 0; range < blocks_; ++range) {
      if (last[static_cast<std::size_t>(range)] != rank) continue;
      for (const at::Tensor& part : rows_of(item_tables, first_item_, range)) {
        body(part, at);
        at += part.numel();
      }
    }
    return at;
  };
  std::vector<at::Tensor> packed;
  std::vector<cofi::Communicator::Pending> under_way;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const std::int64_t size = each_part(rank, [](const at::Tensor&, std::int64_t) {});
    packed.push_back(at::empty({size}, at::kFloat));
    if (rank == communicator.rank()) {
      each_part(rank, [&](const at::Tensor& part, std::int64_t at) {
        packed.back().narrow(0, at, part.numel()).copy_(part);
      });
    }
    under_way.push_back(communicator.broadcast(packed.back(), rank));
  }
  for (int rank = 0; rank < communicator.size(); ++rank) {
    under_way[static_cast<std::size_t>(rank)]->wait();
    if (rank == communicator.rank()) continue;
    each_part(rank, [&](const at::Tensor& part, std::int64_t at) {
      part.copy_(packed[static_cast<std::size_t>(rank)].narrow(0, at, part.numel()));
    });
  }
}

void BlockedPasses::collect(cofi::Communicator& communicator,
                            const std::vector<at::Tensor>& user_tables) const {
  std::vector<std::int64_t> first;
  for (int rank = 0; rank <= communicator.size(); ++rank) {
    first.push_back(first_user_[static_cast<std::size_t>(first_range(communicator, rank))]);
  }
  for (const at::Tensor& table : user_tables) cofi::gather_rows(communicator, table, first);
}
