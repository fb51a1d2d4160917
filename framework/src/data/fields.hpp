// Cutting delimited text into lines and lines into fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cofi::data {

// The line at `at` without its "\n" or "\r\n"; moves `at` behind it. The last may lack its end.
std::string_view next_line(std::string_view text, std::size_t& at);

// Nothing but blanks: such lines are passed over.
bool is_blank(std::string_view line);

// Whether a line holds no interaction by itself: blank, or a comment where there are comments.
bool is_passed_over(std::string_view line, const std::string& comment);

// The number of the line that begins at `at`, 1-based.
std::int64_t line_number(std::string_view text, std::size_t at);

// Text of a file as a message may show it: short, control characters and other bytes escaped.
std::string escaped(std::string_view text);
std::string shown(std::string_view text);  // the same in quotes

class FieldSplitter {
 public:
  // " " separates by any run of blanks; quotes: fields may stand in "double quotes".
  FieldSplitter(std::string separator, bool quotes);

  // Fills `fields` with the line's fields; they point into the line or, unquoted, into `scratch`,
  // and live until the next call with either. Returns null, or what is wrong with the line.
  const char* split(std::string_view line, std::vector<std::string_view>& fields,
                    std::string& scratch) const;

  // "tabs", "'::'": what a message calls the separator.
  std::string separator_name() const;

 private:
  std::size_t separator_end(std::string_view line, std::size_t at) const;
  std::size_t field_end(std::string_view line, std::size_t at) const;
  bool quoted(std::string_view line, std::size_t& at, std::string_view& field,
              std::string& scratch) const;

  std::string separator_;
  bool quotes_, blanks_;
};

}  // namespace cofi::data
