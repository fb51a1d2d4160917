#include "cofi/kernels/negatives.hpp"

#include <algorithm>

#include "cofi/interactions.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {
namespace {

// [0, n), unbiased and without division in all but few cases (Lemire 2019, "Fast random integer
// generation in an interval").
std::int32_t below(std::int32_t n, Random& random) {
  const auto limit = static_cast<std::uint32_t>(n);
  std::uint64_t drawn = std::uint64_t{random()} * limit;
  if (static_cast<std::uint32_t>(drawn) < limit) {
    const std::uint32_t skip = (0 - limit) % limit;
    while (static_cast<std::uint32_t>(drawn) < skip) drawn = std::uint64_t{random()} * limit;
  }
  return static_cast<std::int32_t>(drawn >> 32);
}

// How many of the ascending values are at most `limit`, by a search without branches that a CPU
// could guess wrong.
std::int64_t count_up_to(const std::int32_t* first, std::int64_t size, std::int32_t limit) {
  const std::int32_t* at = first;
  while (size > 1) {
    const std::int64_t half = size / 2;
    at += at[half - 1] <= limit ? half : 0;
    size -= half;
  }
  return at - first + (size == 1 && *at <= limit ? 1 : 0);
}

}  // namespace

Negatives::Negatives(const Interactions& train, std::int32_t users, std::int32_t items,
                     Weight weight, const ThreadPool& pool)
    : uniform_(weight == Weight::kUniform), ends_(static_cast<std::size_t>(items), 1) {
  if (!uniform_) {
    std::fill(ends_.begin(), ends_.end(), 0);
    for (const std::int32_t item : train.items) ++ends_[static_cast<std::size_t>(item)];
  }
  const std::vector<std::int32_t> weights = ends_;
  for (std::size_t item = 1; item < ends_.size(); ++item) ends_[item] += ends_[item - 1];
  const std::int32_t all = ends_.empty() ? 0 : ends_.back();

  const SparseRows rows = rows_by_user(train, users, pool);
  front_.reserve(train.size());
  own_.reserve(train.size());
  room_.reserve(static_cast<std::size_t>(users));
  starts_.push_back(0);
  for (std::int32_t user = 0; user < users; ++user) {
    std::int32_t own = 0, last = -1;
    for (const SparseRows::Entry& entry : rows.row(user)) {
      if (entry.id == last) continue;
      last = entry.id;
      const auto item = static_cast<std::size_t>(entry.id);
      front_.push_back(ends_[item] - weights[item] - own);
      own += weights[item];
      own_.push_back(own);
    }
    starts_.push_back(static_cast<std::int64_t>(front_.size()));
    room_.push_back(all - own);
  }
}

std::int32_t Negatives::draw(std::int32_t user, Random& random) const {
  const auto id = static_cast<std::size_t>(user);
  const std::int32_t among = below(room_[id], random);
  const std::int64_t start = starts_[id];
  const std::int64_t own = count_up_to(front_.data() + start, starts_[id + 1] - start, among);
  const std::int32_t place =
      among + (own == 0 ? 0 : own_[static_cast<std::size_t>(start + own - 1)]);
  if (uniform_) return place;
  return static_cast<std::int32_t>(
      count_up_to(ends_.data(), static_cast<std::int64_t>(ends_.size()), place));
}

}  // namespace cofi::kernels
