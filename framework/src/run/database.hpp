// SQLite with its errors as exceptions. The only file, with its source, that knows SQLite.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cofi/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace cofi::run {

class COFI_API Statement {
 public:
  Statement& bind(int at, const std::string& text);  // 1-based
  Statement& bind(int at, double number);            // NaN: null
  Statement& bind(int at, std::int64_t number);
  bool step();                         // true: there is a row
  std::string text(int column) const;  // 0-based
  double number(int column) const;     // NaN where null
  std::int64_t integer(int column) const;

 private:
  friend class Database;
  std::shared_ptr<sqlite3> database_;
  std::shared_ptr<sqlite3_stmt> statement_;
  std::string path_;
};

class COFI_API Database {
 public:
  // In WAL mode, created where it is missing. `read_only`: what it holds now; where no run is at
  // work that is a copy in memory, and nothing comes to lie beside the file. FolderError where it
  // cannot be opened or written.
  Database(const std::string& path, bool read_only);
  // One in memory that begins as a copy of another: of its bytes().
  static Database in_memory(const std::string& bytes);

  // All of it, as its file would hold it.
  std::string bytes() const;
  Statement prepare(const std::string& sql) const;
  void execute(const std::string& sql) const;

 private:
  Database() = default;

  std::shared_ptr<sqlite3> database_;
  std::string path_;
};

// Takes the write lock at once (two writers that begin by reading would both fail); rolls back
// unless committed.
class Transaction {
 public:
  explicit Transaction(const Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

}  // namespace cofi::run
