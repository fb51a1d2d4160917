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

// The columns that hold interactions: user and, where the format has them, item, value and time.
std::vector<std::string> wanted_columns(const DelimitedFormat& format);

// Cuts a line into fields; false, with the problem, where they are not as many as the layout says.
bool split_line(std::string_view line, const FieldSplitter& splitter, const Layout& layout,
                std::vector<std::string_view>& fields, std::string& scratch, std::string& problem);

// Whether the line heads a section; `name` is then its items' name.
bool heads_section(std::string_view line, const DelimitedFormat& format, std::string_view& name);

struct Row {
  std::string_view user, item;  // the item stays as it is under a section
  float value = 1;
  std::int64_t time = 0;
};

// Not for several threads at once: it keeps the buffers of a line.
class RowParser {
 public:
  // layout places wanted_columns(format).
  RowParser(const DelimitedFormat& format, const FieldSplitter& splitter, const Layout& layout);

  // False where the line is malformed: `problem` says what was found and what was expected. The
  // row's ids live until the next call.
  bool parse(std::string_view line, Row& row, std::string& problem);

 private:
  std::string bad_field(std::size_t column, const char* name, const std::string& expected) const;
  bool parse_id(std::size_t column, const char* name, std::string_view& id,
                std::string& problem) const;
  bool parse_value(std::size_t column, float& value, std::string& problem) const;
  bool parse_time(std::size_t column, std::int64_t& time, std::string& problem) const;

  const DelimitedFormat& format_;
  const FieldSplitter& splitter_;
  const Layout& layout_;
  std::vector<std::string_view> fields_;
  std::string scratch_;
};

}  // namespace cofi::data
