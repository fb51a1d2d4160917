#include "item_sampler.hpp"

#include <algorithm>
#include <cmath>

namespace synthetic {
namespace {

constexpr std::int32_t kEmpty = -1;

// Where the item is in the table, or the empty place where it belongs. The size is a power of two.
std::int32_t& place(std::vector<std::int32_t>& table, std::int32_t item) {
  const std::size_t mask = table.size() - 1;
  std::size_t at = (static_cast<std::uint64_t>(item) * 0x9E3779B97F4A7C15ULL >> 32) & mask;
  while (table[at] != kEmpty && table[at] != item) at = (at + 1) & mask;
  return table[at];
}

}  // namespace

ItemSampler::ItemSampler(const std::vector<double>& weights)
    : weights_(weights), keep_(weights.size(), 1), other_(weights.size(), 0) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<double> scaled;
  std::vector<std::int32_t> small, large;
  for (std::size_t item = 0; item < weights.size(); ++item) {
    scaled.push_back(weights[item] * static_cast<double>(weights.size()) / sum);
    (scaled[item] < 1 ? small : large).push_back(static_cast<std::int32_t>(item));
  }
  while (!small.empty() && !large.empty()) {
    const auto less = static_cast<std::size_t>(small.back());
    const auto more = static_cast<std::size_t>(large.back());
    small.pop_back();
    keep_[less] = scaled[less];
    other_[less] = large.back();
    scaled[more] -= 1 - scaled[less];
    if (scaled[more] < 1) {
      small.push_back(large.back());
      large.pop_back();
    }
  }
}

std::int32_t ItemSampler::draw_one(cofi::Random& random) const {
  const auto column = random.below(keep_.size());
  return random.uniform() < keep_[column] ? static_cast<std::int32_t>(column) : other_[column];
}

void ItemSampler::draw(std::int64_t n, cofi::Random& random, Scratch& scratch,
                       std::int32_t* out) const {
  std::size_t slots = 16;
  while (slots < 2 * static_cast<std::size_t>(n)) slots *= 2;
  scratch.seen.assign(slots, kEmpty);
  const auto items = static_cast<std::int64_t>(weights_.size());
  std::int64_t drawn = 0;
  // Drawing again whatever came before is drawing from what is left. It pays while few have come.
  if (n <= items / 4) {
    for (std::int64_t tries = 0; drawn < n && tries < items; ++tries) {
      const std::int32_t item = draw_one(random);
      std::int32_t& at = place(scratch.seen, item);
      if (at == kEmpty) out[drawn++] = at = item;
    }
  }
  if (drawn == n) return;
  // The same distribution in one pass (Efraimidis and Spirakis 2006): exponential waiting times.
  scratch.keyed.clear();
  for (std::int32_t item = 0; item < items; ++item) {
    if (place(scratch.seen, item) == item) continue;
    const double wait = -std::log(1 - random.uniform()) / weights_[static_cast<std::size_t>(item)];
    scratch.keyed.emplace_back(wait, item);
  }
  const auto first = scratch.keyed.begin();
  std::partial_sort(first, first + (n - drawn), scratch.keyed.end());
  for (auto at = first; drawn < n; ++at) out[drawn++] = at->second;
}

}  // namespace synthetic
