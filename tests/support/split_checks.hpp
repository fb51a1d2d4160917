// What holds for every split.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "cofi/split.hpp"

namespace cofi::test {

// The rows 0 to n - 1.
inline std::vector<std::int32_t> all_rows(std::size_t n) {
  std::vector<std::int32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Whether train and test together are exactly these rows, each once.
inline bool divides(const Split& split, std::vector<std::int32_t> rows) {
  std::vector<std::int32_t> both = split.train;
  both.insert(both.end(), split.test.begin(), split.test.end());
  std::sort(both.begin(), both.end());
  std::sort(rows.begin(), rows.end());
  return both == rows && split.validation.empty() && split.fold_in.empty();
}

inline bool same(const Split& a, const Split& b) {
  return a.train == b.train && a.test == b.test && a.validation == b.validation &&
         a.fold_in == b.fold_in && a.notes == b.notes;
}

}  // namespace cofi::test
