#include "query.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <system_error>

namespace sqlite {
namespace {

using cofi::Error;

constexpr int kPatience = 10000;             // milliseconds, for a writer to finish
constexpr double kExact = 9007199254740992;  // 2^53: beyond it not every integer is a double

constexpr std::array<const char*, 5> kUnsteady = {"random", "randomblob", "current_timestamp",
                                                  "current_date", "current_time"};

// Refuses functions that would give other rows each time; notes the first in *seen.
int authorize(void* seen, int action, const char*, const char* function, const char*, const char*) {
  if (action != SQLITE_FUNCTION || function == nullptr) return SQLITE_OK;
  std::string name = function;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kUnsteady.begin(), kUnsteady.end(), name) == kUnsteady.end()) return SQLITE_OK;
  *static_cast<std::string*>(seen) = name;
  return SQLITE_DENY;
}

// Whether SQLite asked for the time in this thread since it was last set to false.
thread_local bool clock_read = false;

// SQLite's own access to files and the clock, which notes that the clock is read: however a query
// spells 'now' for a date function, or leaves out the time.
const char* noting_files() {
  static sqlite3_vfs* const own = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs noting = [] {
    sqlite3_vfs made = *own;
    made.zName = "cofi-noting";
    made.pNext = nullptr;
    made.xCurrentTime = [](sqlite3_vfs*, double* time) {
      clock_read = true;
      return own->xCurrentTime(own, time);
    };
    made.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* time) {
      clock_read = true;
      return own->xCurrentTimeInt64(own, time);
    };
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&noting, 0);
  return registered == SQLITE_OK ? noting.zName : nullptr;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out;
  for (const char c : text.substr(0, kMost))
    out += std::iscntrl(static_cast<unsigned char>(c)) ? '?' : c;
  return "'" + out + (text.size() > kMost ? "...'" : "'");
}

std::string_view text_of(sqlite3_stmt* statement, int column) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

template <class Number>
bool number_of(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// A column's number, which text may spell; false where it is none.
bool real_of(sqlite3_stmt* statement, int column, double& number) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
      number = sqlite3_column_double(statement, column);
      return true;
    case SQLITE_TEXT:
      return number_of(text_of(statement, column), number);
    default:
      return false;
  }
}

}  // namespace

Query::Query(const std::string& path, const std::string& query)
    : path_(path),
      query_(query),
      database_(nullptr, sqlite3_close),
      statement_(nullptr, sqlite3_finalize) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, noting_files());
  database_.reset(opened);
  if (result != SQLITE_OK) throw failed();
  sqlite3_busy_timeout(opened, kPatience);
  std::string unsteady;
  sqlite3_set_authorizer(opened, authorize, &unsteady);
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int parsed = sqlite3_prepare_v2(opened, query.c_str(), -1, &prepared, &rest);
  statement_.reset(prepared);
  sqlite3_set_authorizer(opened, nullptr, nullptr);
  if (!unsteady.empty()) {
    throw refuse("calls " + unsteady +
                 ": it would select other rows each time; filters draw samples by the spec's seed");
  }
  if (parsed == SQLITE_ERROR) {
    throw refuse("cannot be run on " + path + ": " + sqlite3_errmsg(opened));
  }
  if (parsed != SQLITE_OK) throw failed();
  if (prepared == nullptr)
    throw refuse("is empty; expected SELECT user, item, value, time FROM ...");
  if (std::string(rest).find_first_not_of(" \t\r\n;") != std::string::npos) {
    throw refuse("is more than one statement");
  }
  if (sqlite3_stmt_readonly(prepared) == 0) throw refuse("changes the database; expected a SELECT");
  if (columns() < 2 || columns() > 4) {
    throw refuse("selects " + std::to_string(columns()) +
                 " columns; expected user and item, and perhaps a value and a time");
  }
}

int Query::columns() const { return sqlite3_column_count(statement_.get()); }

bool Query::next() {
  clock_read = false;
  const int result = sqlite3_step(statement_.get());
  if (clock_read) {
    throw refuse(
        "reads the clock ('now', or no time at all): it would select other rows each "
        "time; write the time");
  }
  if (result == SQLITE_DONE) return false;
  if (result != SQLITE_ROW) throw failed();
  ++row_;
  return true;
}

std::string_view Query::id(int column, const char* name) const {
  const int type = sqlite3_column_type(statement_.get(), column);
  std::string_view text;
  if (type == SQLITE_INTEGER || type == SQLITE_TEXT) text = text_of(statement_.get(), column);
  if (text.empty()) throw bad(column, name, "an id, a whole number or text");
  return text;
}

float Query::value(int column) const {
  double number = 0;
  if (!real_of(statement_.get(), column, number) || !std::isfinite(static_cast<float>(number))) {
    throw bad(column, "value", "a finite number");
  }
  return static_cast<float>(number);
}

std::int64_t Query::time(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER) {
    return sqlite3_column_int64(statement_.get(), column);
  }
  double number = 0;
  if (!real_of(statement_.get(), column, number) || !(std::abs(number) <= kExact) ||
      number != std::floor(number)) {
    throw bad(column, "time", "whole seconds since 1970 (strftime('%s', ...) makes them)");
  }
  return static_cast<std::int64_t>(number);
}

Error Query::bad(int column, const char* name, const std::string& expected) const {
  sqlite3_stmt* const statement = statement_.get();
  std::string found;
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      found = "is NULL";
      break;
    case SQLITE_BLOB:
      found = "is a blob";
      break;
    default: {
      const std::string_view text = text_of(statement, column);
      found = text.empty() ? "is empty" : shown(text);
    }
  }
  return Error(path_, ": row ", row_, ": ", name, " ", found, " (column ", column + 1, " '",
               sqlite3_column_name(statement, column), "'); expected ", expected);
}

Error Query::refuse(const std::string& what) const {
  return Error("dataset/sqlite: query: ", shown(query_), " ", what);
}

Error Query::failed() const {
  const int code = sqlite3_errcode(database_.get());
  const char* advice = "";
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) {
    advice =
        "; a database in WAL mode, or with a -journal to undo, needs a folder that can be "
        "written";
  }
  if (code == SQLITE_BUSY) advice = "; another program is writing to it";
  return Error("dataset/sqlite: ", path_, ": ", sqlite3_errmsg(database_.get()), advice);
}

}  // namespace sqlite
