// The rows that a query of an SQLite database selects, with columns that are checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cofi/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sqlite {

// The database is opened for reading alone. The query is one statement that selects two to four
// columns, and the same rows each time: functions that draw random numbers or read the clock are
// errors, the clock's when next() comes to it. Errors name the file, and the row (from 1) and
// column where it is about one.
class Query {
 public:
  Query(const std::string& path, const std::string& query);

  int columns() const;
  bool next();  // to the next row; false behind the last

  // Columns of the row, 0-based. An id is whole or text and lives until next().
  std::string_view id(int column, const char* name) const;
  float value(int column) const;        // finite, also as text
  std::int64_t time(int column) const;  // whole, also as text

  cofi::Error bad(int column, const char* name, const std::string& expected) const;

 private:
  cofi::Error refuse(const std::string& what) const;
  cofi::Error failed() const;

  std::string path_, query_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
  std::int64_t row_ = 0;
};

}  // namespace sqlite
