// Which items evaluation ranks for a user.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/random.hpp"

namespace cofi::eval {

// The keys of `evaluate` about ranking.
struct RankingOptions {
  enum class Candidates { kAll, kTest, kSampled };
  Candidates candidates = Candidates::kAll;
  std::int64_t sampled = 0;    // kSampled: items beside the user's own of the evaluated part
  bool by_popularity = false;  // drawn in proportion to their training interactions
  bool exclude_train = true;
  std::optional<double> relevance = std::nullopt;  // the least value that counts
};

// Draws items without replacement: each next one among those that are left, all alike or in
// proportion to their training interactions (then items without any are never drawn).
class COFI_API CandidateSampler {
 public:
  // item_counts: [items]
  CandidateSampler(View<std::int64_t> item_counts, const RankingOptions& options);

  // Adds `options.sampled` items that are not in `without` (ascending) to `out`, or as many as
  // there are, ascending. The same random stream gives the same items.
  void draw(Random random, const std::vector<std::int32_t>& without,
            std::vector<std::int32_t>& out) const;

 private:
  std::int32_t propose(Random& random) const;

  std::int64_t wanted_;
  std::vector<std::int64_t> ends_;  // [items] running sums of the items' weights
};

}  // namespace cofi::eval
