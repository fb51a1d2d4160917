#include "train/shuffle.hpp"

#include <algorithm>
#include <utility>

namespace cofi::train {
namespace {

// Rows that are dealt out together, and about how many land in a bucket: 128 KiB fit a second-level
// cache. The number of blocks is bounded, as there is a count for each block and bucket.
constexpr std::int64_t kLeastBlock = 1 << 15, kMostBlocks = 1024;

// [0, bound), unbiased, from one draw nearly always (Lemire 2019, "Fast random integer generation
// in an interval").
std::uint32_t below(Random& random, std::uint32_t bound) {
  std::uint64_t product = std::uint64_t{random()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t least = (0 - bound) % bound;
    while (static_cast<std::uint32_t>(product) < least) product = std::uint64_t{random()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

void shuffle(const Random& random, std::int32_t n, const ThreadPool& pool,
             std::vector<std::int32_t>& order) {
  const std::int64_t block_rows =
      std::max(kLeastBlock, (std::int64_t{n} + kMostBlocks - 1) / kMostBlocks);
  const std::int64_t blocks = (std::int64_t{n} + block_rows - 1) / block_rows;
  const auto buckets = static_cast<std::uint32_t>(blocks);
  order.resize(static_cast<std::size_t>(n));
  // Where each block's rows of each bucket go. The deal is drawn twice, to count and to place,
  // which costs less than keeping it.
  std::vector<std::int32_t> next(static_cast<std::size_t>(blocks * blocks));
  const auto deal = [&](std::int64_t block, const auto& row_to) {
    Random own = random.stream("deal").stream(static_cast<std::uint64_t>(block));
    std::int32_t* place = next.data() + block * blocks;
    const std::int64_t end = std::min(std::int64_t{n}, (block + 1) * block_rows);
    for (std::int64_t row = block * block_rows; row < end; ++row) {
      row_to(place[below(own, buckets)], static_cast<std::int32_t>(row));
    }
  };
  pool.run(blocks, [&](std::int64_t block) {
    deal(block, [](std::int32_t& count, std::int32_t) { ++count; });
  });
  std::vector<std::int32_t> starts(static_cast<std::size_t>(blocks) + 1, n);
  std::int32_t start = 0;
  for (std::int64_t bucket = 0; bucket < blocks; ++bucket) {
    starts[static_cast<std::size_t>(bucket)] = start;
    for (std::int64_t block = 0; block < blocks; ++block) {
      start += std::exchange(next[static_cast<std::size_t>(block * blocks + bucket)], start);
    }
  }
  pool.run(blocks, [&](std::int64_t block) {
    deal(block, [&](std::int32_t& place, std::int32_t row) {
      order[static_cast<std::size_t>(place++)] = row;
    });
  });
  pool.run(blocks, [&](std::int64_t bucket) {
    Random own = random.stream("bucket").stream(static_cast<std::uint64_t>(bucket));
    std::int32_t* rows = order.data() + starts[static_cast<std::size_t>(bucket)];
    const std::int32_t size =
        starts[static_cast<std::size_t>(bucket) + 1] - starts[static_cast<std::size_t>(bucket)];
    for (std::int32_t i = size; i > 1; --i) {
      std::swap(rows[i - 1], rows[below(own, static_cast<std::uint32_t>(i))]);
    }
  });
}

}  // namespace cofi::train
