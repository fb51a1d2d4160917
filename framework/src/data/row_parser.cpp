#include "data/row_parser.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <system_error>

#include "core/suggest.hpp"

namespace cofi::data {
namespace {

// A whole number, also as a real ("1.2e9") that is one.
bool whole_of(std::string_view text, std::int64_t& time) {
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

bool number_of(std::string_view text, float& value) {
  const char* const end = text.data() + text.size();
  const auto parsed = fast_float::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(value);
}

// `count` digits at `at`.
bool digits_of(std::string_view text, std::size_t at, std::size_t count, int& number) {
  const char* const end = text.data() + at + count;
  const auto parsed = std::from_chars(text.data() + at, end, number);
  return parsed.ec == std::errc() && parsed.ptr == end && number >= 0;
}

// The first second (UTC) of a day of the Gregorian calendar, "2005-09-06".
bool date_of(std::string_view text, std::int64_t& time) {
  int year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !digits_of(text, 0, 4, year) ||
      !digits_of(text, 5, 2, month) || !digits_of(text, 8, 2, day)) {
    return false;
  }
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1 ||
      day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) {
    return false;
  }
  const int past = year - 1;  // whole years since the year 1
  std::int64_t days = std::int64_t{365} * past + past / 4 - past / 100 + past / 400 + day - 1;
  for (int before = 1; before < month; ++before) days += kDays[before - 1];
  if (leap && month > 2) ++days;
  constexpr std::int64_t kDaysTo1970 = 719162, kSecondsOfDay = 86400;
  time = (days - kDaysTo1970) * kSecondsOfDay;
  return true;
}

std::string counted(std::size_t n) { return std::to_string(n) + (n == 1 ? " field" : " fields"); }

}  // namespace

std::vector<std::string> wanted_columns(const DelimitedFormat& format) {
  std::vector<std::string> columns = {format.user};
  if (format.section.empty()) columns.push_back(format.item);
  if (!format.value.empty()) columns.push_back(format.value);
  if (!format.time.empty()) columns.push_back(format.time);
  return columns;
}

bool heads_section(std::string_view line, const DelimitedFormat& format, std::string_view& name) {
  const std::string_view end = format.section;
  if (end.empty() || line.size() <= end.size() || line.substr(line.size() - end.size()) != end) {
    return false;
  }
  const std::string_view head = line.substr(0, line.size() - end.size());
  if (head.find(format.separator) != std::string_view::npos) return false;  // a damaged interaction
  name = head;
  return true;
}

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
        for (std::string& name : names) name = escaped(name);
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

bool RowParser::parse_id(std::size_t column, const char* name, std::string_view& id,
                         std::string& problem) const {
  id = fields_[layout_.used[column]];
  if (id.empty()) problem = bad_field(column, name, "an id");
  return !id.empty();
}

bool RowParser::parse_value(std::size_t column, float& value, std::string& problem) const {
  if (!number_of(fields_[layout_.used[column]], value)) {
    problem = bad_field(column, "value", "a finite number");
    return false;
  }
  const std::optional<RatingScale>& scale = format_.scale;
  if (!scale || (value >= scale->low && value <= scale->high) || value == format_.unrated) {
    return true;
  }
  std::ostringstream range;
  range << "a number from " << scale->low << " to " << scale->high;
  if (format_.unrated) range << ", or " << *format_.unrated << " where there is no rating";
  problem = bad_field(column, "value", range.str());
  return false;
}

bool RowParser::parse_time(std::size_t column, std::int64_t& time, std::string& problem) const {
  const std::string_view text = fields_[layout_.used[column]];
  const bool date = format_.time_unit == TimeUnit::kDate;
  if (date ? date_of(text, time) : whole_of(text, time)) {
    constexpr std::int64_t kThousand = 1000;
    if (format_.time_unit == TimeUnit::kMilliseconds) {
      time = time / kThousand - (time % kThousand < 0 ? 1 : 0);  // down, also before 1970
    }
    return true;
  }
  problem = bad_field(column, "time",
                      date                                      ? "a date such as 2005-09-06"
                      : format_.time_unit == TimeUnit::kSeconds ? "whole seconds since 1970"
                                                                : "whole milliseconds since 1970");
  return false;
}

bool RowParser::parse(std::string_view line, Row& row, std::string& problem) {
  if (!split_line(line, splitter_, layout_, fields_, scratch_, problem)) return false;
  std::size_t column = 0;
  if (!parse_id(column++, "user", row.user, problem)) return false;
  if (format_.section.empty()) {
    if (!parse_id(column++, "item", row.item, problem)) return false;
  } else if (row.item.empty()) {
    problem = "no item: " + shown(line) + "; expected a line before it that names one, such as " +
              shown("17" + format_.section);
    return false;
  }
  if (!format_.value.empty() && !parse_value(column++, row.value, problem)) return false;
  return format_.time.empty() || parse_time(column, row.time, problem);
}

}  // namespace cofi::data
