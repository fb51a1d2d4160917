#include "data/row_parser.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "core/suggest.hpp"

namespace cofi::data {
namespace {

// Whole seconds, also as reals ("1.2e9") where they are whole.
bool parse_time(std::string_view text, std::int64_t& time) {
  const char* const end = text.data() + text.size();
  const auto whole = std::from_chars(text.data(), end, time);
  if (whole.ec == std::errc() && whole.ptr == end) return true;
  double real = 0;
  const auto parsed = fast_float::from_chars(text.data(), end, real);
  constexpr double kExact = 9007199254740992;  // 2^53: beyond it not every integer is a double
  if (parsed.ec != std::errc() || parsed.ptr != end || !(std::abs(real) <= kExact) ||
      real != std::floor(real)) {
    return false;
  }
  time = static_cast<std::int64_t>(real);
  return true;
}

bool parse_value(std::string_view text, float& value) {
  const char* const end = text.data() + text.size();
  const auto parsed = fast_float::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(value);
}

std::string counted(std::size_t n) { return std::to_string(n) + (n == 1 ? " field" : " fields"); }

}  // namespace

Layout place_columns(const std::vector<std::string>& columns,
                     const std::vector<std::string_view>* header, const std::string& place) {
  Layout layout;
  std::vector<std::string> names;
  if (header != nullptr) names.assign(header->begin(), header->end());
  for (const std::string& column : columns) {
    const auto named = std::find(names.begin(), names.end(), column);
    if (named != names.end()) {
      layout.used.push_back(static_cast<std::size_t>(named - names.begin()));
    } else {
      std::size_t number = 0;
      const char* const end = column.data() + column.size();
      const auto parsed = std::from_chars(column.data(), end, number);
      const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
      if (header == nullptr && !(is_number && number >= 1 && number <= 1000)) {
        throw Error(place, ": there is no header that could name a column ", shown(column),
                    "; give the column's number, 1 to 1000");
      }
      if (header != nullptr && !(is_number && number >= 1 && number <= names.size())) {
        throw Error(place, ": no column ", shown(column), " among ", listed(names),
                    did_you_mean(column, names));
      }
      layout.used.push_back(number - 1);
    }
    const std::size_t at = layout.used.back();
    layout.fields = std::max(layout.fields, at + 1);
    layout.titles.push_back("column " + std::to_string(at + 1) +
                            (header == nullptr ? "" : " " + shown(names[at])));
  }
  if (header != nullptr) {
    layout.fields = names.size();
    layout.exactly = true;
  }
  return layout;
}

bool split_line(std::string_view line, const FieldSplitter& splitter, const Layout& layout,
                std::vector<std::string_view>& fields, std::string& scratch, std::string& problem) {
  const char* const wrong = splitter.split(line, fields, scratch);
  if (wrong == nullptr && fields.size() >= layout.fields &&
      !(layout.exactly && fields.size() > layout.fields)) {
    return true;
  }
  problem = (wrong != nullptr ? wrong : counted(fields.size())) + ": " + shown(line) +
            "; expected " + (layout.exactly ? "" : "at least ") + counted(layout.fields) +
            " separated by " + splitter.separator_name();
  return false;
}

RowParser::RowParser(const DelimitedFormat& format, const FieldSplitter& splitter,
                     const Layout& layout)
    : format_(format), splitter_(splitter), layout_(layout) {}

std::string RowParser::bad_field(std::size_t column, const char* name,
                                 const std::string& expected) const {
  const std::string_view found = fields_[layout_.used[column]];
  return std::string(name) + " " + (found.empty() ? "is empty" : shown(found)) + " (" +
         layout_.titles[column] + "); expected " + expected;
}

bool RowParser::parse(std::string_view line, Row& row, std::string& problem) {
  if (!split_line(line, splitter_, layout_, fields_, scratch_, problem)) return false;
  row.user = fields_[layout_.used[0]];
  row.item = fields_[layout_.used[1]];
  if (row.user.empty() || row.item.empty()) {
    problem = row.user.empty() ? bad_field(0, "user", "an id") : bad_field(1, "item", "an id");
    return false;
  }
  std::size_t column = 2;
  if (!format_.value.empty()) {
    if (!parse_value(fields_[layout_.used[column]], row.value)) {
      problem = bad_field(column, "value", "a finite number");
      return false;
    }
    if (format_.scale && (row.value < format_.scale->low || row.value > format_.scale->high)) {
      std::ostringstream range;
      range << "a number from " << format_.scale->low << " to " << format_.scale->high;
      problem = bad_field(column, "value", range.str());
      return false;
    }
    ++column;
  }
  if (!format_.time.empty() && !parse_time(fields_[layout_.used[column]], row.time)) {
    problem = bad_field(column, "time", "whole seconds since 1970");
    return false;
  }
  return true;
}

}  // namespace cofi::data
