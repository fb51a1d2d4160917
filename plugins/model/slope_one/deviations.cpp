#include "deviations.hpp"

#include <algorithm>

namespace {

// What a block of items found, in the order of its items.
struct Part {
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> ids;
  std::vector<float> values, counts;
};

Part part_of(const cofi::SparseRows& users, const cofi::SparseRows& items, std::int32_t begin,
             std::int32_t end) {
  Part part;
  std::vector<double> sums(static_cast<std::size_t>(items.size()));
  std::vector<std::int32_t> counts(sums.size()), met;
  for (std::int32_t item = begin; item < end; ++item) {
    met.clear();
    for (const auto& rating : items.row(item)) {
      for (const auto& other : users.row(rating.id)) {
        if (other.id == item) continue;
        const auto at = static_cast<std::size_t>(other.id);
        if (counts[at]++ == 0) met.push_back(other.id);
        sums[at] += double{rating.value} - double{other.value};
      }
    }
    std::sort(met.begin(), met.end());
    for (const std::int32_t other : met) {
      const auto at = static_cast<std::size_t>(other);
      part.ids.push_back(other);
      part.values.push_back(static_cast<float>(sums[at] / counts[at]));
      part.counts.push_back(static_cast<float>(counts[at]));
      sums[at] = 0;
      counts[at] = 0;
    }
    part.lengths.push_back(static_cast<std::int64_t>(met.size()));
  }
  return part;
}

}  // namespace

void Deviations::state(cofi::Archive& archive) {
  archive("starts", starts);
  archive("ids", ids);
  archive("values", values);
  archive("counts", counts);
}

Deviations deviations_of(const cofi::SparseRows& users, const cofi::SparseRows& items,
                         const cofi::ThreadPool& pool) {
  constexpr std::int64_t kGrain = 64;
  const auto blocks = static_cast<std::size_t>((items.size() + kGrain - 1) / kGrain);
  std::vector<Part> parts(blocks);
  cofi::parallel_for(pool, items.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    parts[static_cast<std::size_t>(begin / kGrain)] =
        part_of(users, items, static_cast<std::int32_t>(begin), static_cast<std::int32_t>(end));
  });
  Deviations all;
  all.starts.push_back(0);
  for (Part& part : parts) {
    for (const std::int64_t length : part.lengths) all.starts.push_back(all.starts.back() + length);
    all.ids.insert(all.ids.end(), part.ids.begin(), part.ids.end());
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
    all.counts.insert(all.counts.end(), part.counts.begin(), part.counts.end());
    part = {};
  }
  return all;
}
