#include "train/batch_groups.hpp"

#include <numeric>
#include <utility>

namespace cofi::train {
namespace {

// Digits of at most so many bits: a histogram stays within the first-level cache.
constexpr int kDigitBits = 11;

int bits_of(std::int32_t table) {
  int bits = 1;
  while (bits < 31 && (std::int64_t{1} << bits) < table) ++bits;
  return bits;
}

}  // namespace

void BatchGrouper::group(View<std::int32_t> ids, std::int32_t table, BatchGroups& out) {
  const std::size_t n = ids.size();
  const int bits = bits_of(table);
  const int passes = (bits + kDigitBits - 1) / kDigitBits;
  const int digit_bits = (bits + passes - 1) / passes;
  const std::int32_t mask = (1 << digit_bits) - 1;

  out.order.resize(n);
  std::iota(out.order.begin(), out.order.end(), 0);
  order_.resize(n);
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * digit_bits;
    counts_.assign(static_cast<std::size_t>(mask) + 1, 0);
    for (const std::int32_t id : ids) ++counts_[static_cast<std::size_t>((id >> shift) & mask)];
    std::int32_t start = 0;
    for (std::int32_t& count : counts_) start += std::exchange(count, start);
    for (const std::int32_t at : out.order) {
      const std::int32_t digit = (ids[static_cast<std::size_t>(at)] >> shift) & mask;
      order_[static_cast<std::size_t>(counts_[static_cast<std::size_t>(digit)]++)] = at;
    }
    out.order.swap(order_);
  }

  out.rows.clear();
  out.starts.clear();
  for (std::size_t k = 0; k < n; ++k) {
    const std::int32_t id = ids[static_cast<std::size_t>(out.order[k])];
    if (!out.rows.empty() && out.rows.back() == id) continue;
    out.rows.push_back(id);
    out.starts.push_back(static_cast<std::int32_t>(k));
  }
  out.starts.push_back(static_cast<std::int32_t>(n));
}

void distinct(View<std::int32_t> ids, std::int32_t table, std::vector<std::uint64_t>& marks,
              std::vector<std::int32_t>& out) {
  constexpr std::size_t kBits = 64;
  marks.assign((static_cast<std::size_t>(table) + kBits - 1) / kBits, 0);
  for (const std::int32_t id : ids) {
    const auto at = static_cast<std::size_t>(id);
    marks[at / kBits] |= std::uint64_t{1} << (at % kBits);
  }
  out.clear();
  for (std::size_t word = 0; word < marks.size(); ++word) {
    for (std::uint64_t left = marks[word]; left != 0; left &= left - 1) {
      const auto bit = static_cast<std::size_t>(__builtin_ctzll(left));
      out.push_back(static_cast<std::int32_t>(word * kBits + bit));
    }
  }
}

}  // namespace cofi::train
