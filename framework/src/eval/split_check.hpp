// What must hold of a split, and what a reader must know of it. All in time linear in the rows.
#pragma once

#include <cstdint>
#include <string>

#include "cofi/interactions.hpp"
#include "cofi/split.hpp"

namespace cofi::eval {

// An Error led by `splitter` ("splitter/ratio") that names the row and its two parts where parts
// overlap or one holds a row twice or has a row that a table of `rows` lacks.
COFI_API void check_disjoint(const Split& split, std::size_t rows, const std::string& splitter);

// What training knows of the test part that it should not.
struct Leaks {
  std::int64_t pairs = 0;   // test rows whose (user, item) is in train or fold_in, too
  std::int64_t future = 0;  // training rows later than the first test row; 0 without times

  // "" where there are none, else "3 pairs, 120 later rows".
  COFI_API std::string text() const;
};
COFI_API Leaks find_leaks(const Interactions& table, std::int32_t users, std::int32_t items,
                          const Split& split);

}  // namespace cofi::eval
