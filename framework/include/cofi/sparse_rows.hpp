// Interactions by row of a users x items matrix, or of its transpose.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi {

class Archive;
struct Interactions;
class ThreadPool;

// Compressed rows: for each user (or item) who stands across, and the value. Eight bytes an entry.
struct COFI_API SparseRows {
  struct Entry {
    std::int32_t id;
    float value;
  };
  std::vector<std::int64_t> starts;  // [rows + 1]
  std::vector<Entry> entries;        // [n] a row's ascending by id, equal ids in table order

  std::int32_t size() const { return static_cast<std::int32_t>(starts.size()) - 1; }
  View<Entry> row(std::int32_t row) const {
    return {entries.data() + starts[row], static_cast<std::size_t>(starts[row + 1] - starts[row])};
  }
};

// Rows from `first` to before `last`.
struct RowRange {
  std::int64_t first = 0, last = std::numeric_limits<std::int64_t>::max();
  bool has(std::int64_t row) const { return row >= first && row < last; }
};

// The items of each user; the users of each item. Rows outside the range are left empty.
COFI_API SparseRows rows_by_user(const Interactions& interactions, std::int32_t users,
                                 const ThreadPool& pool, const RowRange& range = {});
COFI_API SparseRows rows_by_item(const Interactions& interactions, std::int32_t items,
                                 const ThreadPool& pool, const RowRange& range = {});

// The transpose, of as many rows as there are columns.
COFI_API SparseRows transposed(const SparseRows& rows, std::int32_t columns);
// Puts the rows that `own` has entries in into the place of rows': how users are folded in. Both
// have as many rows.
COFI_API void replace_rows(SparseRows& rows, const SparseRows& own);
// Writes or reads them as name.starts, name.ids and name.values.
COFI_API void rows_state(Archive& archive, const std::string& name, SparseRows& rows);

}  // namespace cofi
