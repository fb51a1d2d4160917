// The table of interactions and the vocabularies that give its ids meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi {

class ThreadPool;

// n interactions as columns; a row is one (user, item, value, time).
struct COFI_API Interactions {
  Column<std::int32_t> users;  // [n] dense user ids
  Column<std::int32_t> items;  // [n] dense item ids
  Column<float> values;        // [n] the ratings; 1 for implicit data
  Column<std::int64_t> times;  // [n] seconds since 1970, or empty where the data has none

  std::size_t size() const { return users.size(); }

  // The given rows, in the given order.
  Interactions rows(View<std::int32_t> rows, const ThreadPool& pool) const;
  // The mean of the values, summed in double in a fixed order; 0 where there are none.
  double mean() const;
};

// External ids and their dense 0-based ids, in order of first appearance. An external id is its
// text as the file spells it: "7" and "007" are two.
class COFI_API Vocabulary {
 public:
  static constexpr std::int32_t kUnknown = -1;

  std::int32_t size() const { return static_cast<std::int32_t>(ends_.size()); }
  std::int32_t find(std::string_view external) const;  // kUnknown where it is not there
  std::int32_t add(std::string_view external);         // the id, new or known
  std::string_view name(std::int32_t id) const;

 private:
  // A place of the hash table: short names are whole in their key, so that finding one looks at
  // no other memory.
  struct Slot {
    std::uint64_t key = 0;
    std::int32_t id = kUnknown;  // kUnknown where the place is empty
  };
  std::size_t place(std::string_view external, std::uint64_t key) const;
  void grow();

  std::string bytes_;                // all names, one after another
  std::vector<std::uint64_t> ends_;  // [size] where each name ends in bytes_
  std::vector<Slot> slots_;          // open addressing; as many as a power of two
};

// The interactions of each user (or item) together: row numbers, grouped.
struct COFI_API Grouping {
  std::vector<std::int64_t> starts;  // [groups + 1]
  std::vector<std::int32_t> rows;    // [n] row numbers; a group's rows in table order

  View<std::int32_t> group(std::int32_t id) const {
    return {rows.data() + starts[id], static_cast<std::size_t>(starts[id + 1] - starts[id])};
  }
};
COFI_API Grouping group_by(View<std::int32_t> ids, std::int32_t groups);

// [size] how many of the ids are each id.
COFI_API std::vector<std::int64_t> counts_of(View<std::int32_t> ids, std::int32_t size);

// The positions [n] of ids, any of them -1 or above, ascending by id and in order among equals: for
// answering questions about one user (or item) together.
COFI_API std::vector<std::int32_t> order_by(View<std::int32_t> ids);

}  // namespace cofi
