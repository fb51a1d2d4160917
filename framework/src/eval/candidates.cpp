#include "eval/candidates.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cofi::eval {

CandidateSampler::CandidateSampler(View<std::int64_t> item_counts, const RankingOptions& options)
    : wanted_(options.sampled) {
  std::int64_t end = 0;
  for (const std::int64_t count : item_counts) {
    end += options.by_popularity ? count : 1;
    ends_.push_back(end);
  }
}

std::int32_t CandidateSampler::propose(Random& random) const {
  const auto at = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ends_.back())));
  return static_cast<std::int32_t>(std::upper_bound(ends_.begin(), ends_.end(), at) -
                                   ends_.begin());
}

void CandidateSampler::draw(Random random, const std::vector<std::int32_t>& without,
                            std::vector<std::int32_t>& out) const {
  const auto wanted = static_cast<std::size_t>(wanted_);
  std::set<std::int32_t> taken;
  const auto refused = [&](std::int32_t item) {
    return std::binary_search(without.begin(), without.end(), item) || taken.count(item) > 0;
  };
  if (ends_.empty() || ends_.back() == 0) return;
  constexpr std::size_t kTries = 20;
  for (std::size_t n = 0; n < kTries * wanted && taken.size() < wanted; ++n) {
    const std::int32_t item = propose(random);
    if (!refused(item)) taken.insert(item);
  }
  if (taken.size() < wanted) {
    // Most proposals are refused. The rest in one pass, by the smallest exponential keys
    // (Efraimidis and Spirakis 2006): the same distribution as drawing one after another.
    std::vector<std::pair<double, std::int32_t>> keys;
    std::int64_t before = 0;
    for (std::size_t item = 0; item < ends_.size(); ++item) {
      const auto weight = static_cast<double>(ends_[item] - std::exchange(before, ends_[item]));
      const auto id = static_cast<std::int32_t>(item);
      if (weight > 0 && !refused(id)) {
        keys.emplace_back(-std::log1p(-random.uniform()) / weight, id);
      }
    }
    std::sort(keys.begin(), keys.end());
    for (const auto& [key, item] : keys) {
      if (taken.size() == wanted) break;
      taken.insert(item);
    }
  }
  out.insert(out.end(), taken.begin(), taken.end());
}

}  // namespace cofi::eval
