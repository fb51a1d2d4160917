// What a line of a delimited file says: one interaction, or why it says none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/delimited.hpp"

#include "data/fields.hpp"

namespace cofi::data {

// Which fields of a line are used, once the header has been read.
struct Layout {
  std::size_t fields = 0;  // how many a line has (exactly), or must have at least
  bool exactly = false;
  std::vector<std::size_t> used;    // 0-based, one a wanted column
  std::vector<std::string> titles;  // "column 3" or "column 3 'rating'", one a wanted column
};

// Places the columns, each a name or a 1-based number. `header` holds the header's fields, or is
// null where the file has none. An Error that names the nearest column for a name that is not
// there; `place` (file:line) leads it.
Layout place_columns(const std::vector<std::string>& columns,
                     const std::vector<std::string_view>* header, const std::string& place);

// Cuts a line into fields; false, with the problem, where they are not as many as the layout says.
bool split_line(std::string_view line, const FieldSplitter& splitter, const Layout& layout,
                std::vector<std::string_view>& fields, std::string& scratch, std::string& problem);

struct Row {
  std::string_view user, item;
  float value = 1;
  std::int64_t time = 0;
};

// Not for several threads at once: it keeps the buffers of a line.
class RowParser {
 public:
  // layout places user, item and, where the format has them, value and time, in this order.
  RowParser(const DelimitedFormat& format, const FieldSplitter& splitter, const Layout& layout);

  // False where the line is malformed: `problem` says what was found and what was expected. The
  // row's ids live until the next call.
  bool parse(std::string_view line, Row& row, std::string& problem);

 private:
  std::string bad_field(std::size_t column, const char* name, const std::string& expected) const;

  const DelimitedFormat& format_;
  const FieldSplitter& splitter_;
  const Layout& layout_;
  std::vector<std::string_view> fields_;
  std::string scratch_;
};

}  // namespace cofi::data
