#include "run/database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "run/folder.hpp"

namespace cofi::run {
namespace {

FolderError failure(sqlite3* database, const std::string& path) {
  const int code = sqlite3_extended_errcode(database);
  std::string what = path + ": " + sqlite3_errmsg(database);
  if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT) {
    what += "; it is not a run's journal any more: start over with --fresh";
  } else if ((code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR) {
    what += "; make room on the disk and run the same command again, finished cells are kept";
  } else if ((code & 0xff) == SQLITE_READONLY) {
    what +=
        "; a run is at work there or was killed: its journal is read where it can be written, "
        "in a copy of the folder, too";
  }
  return FolderError("cannot use the journal ", what);
}

}  // namespace

Statement& Statement::bind(int at, const std::string& text) {
  sqlite3_bind_text(statement_.get(), at, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::bind(int at, double number) {
  sqlite3_bind_double(statement_.get(), at, number);
  return *this;
}
Statement& Statement::bind(int at, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), at, number);
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  throw failure(database_.get(), path_);
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}
double Statement::number(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return sqlite3_column_double(statement_.get(), column);
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Database::Database(const std::string& path, bool read_only) : path_(path) {
  if (read_only) {
    // SQLite would write a -shm beside the file to read it, which a folder may not allow.
    if (const std::optional<std::string> bytes = journal_at_rest(path)) {
      database_ = in_memory(*bytes).database_;
      return;
    }
  }
  sqlite3* opened = nullptr;
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  database_.reset(opened, sqlite3_close_v2);
  if (result != SQLITE_OK) throw failure(opened, path_);
  sqlite3_busy_timeout(opened, 60'000);  // a child of the run writes into it, too
  if (!read_only) {
    prepare("PRAGMA journal_mode = WAL").step();
    execute("PRAGMA synchronous = FULL");
  }
}

Database Database::in_memory(const std::string& bytes) {
  Database made;
  made.path_ = "in memory";
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  made.database_.reset(opened, sqlite3_close_v2);
  if (result != SQLITE_OK) throw failure(opened, made.path_);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  if (copy == nullptr) throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), copy);
  // The file's version numbers: 2 stands for a write-ahead log, which there is none of in memory.
  constexpr std::size_t kWriteVersion = 18, kReadVersion = 19;
  if (bytes.size() > kReadVersion) copy[kWriteVersion] = copy[kReadVersion] = 1;
  if (sqlite3_deserialize(opened, "main", copy, size, size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) !=
      SQLITE_OK) {
    throw failure(opened, made.path_);
  }
  return made;
}

std::string Database::bytes() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> all(
      sqlite3_serialize(database_.get(), "main", &size, 0), &sqlite3_free);
  if (!all) throw failure(database_.get(), path_);
  return {reinterpret_cast<const char*>(all.get()), static_cast<std::size_t>(size)};
}

Statement Database::prepare(const std::string& sql) const {
  sqlite3_stmt* prepared = nullptr;
  const int result = sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &prepared, nullptr);
  Statement statement;
  statement.database_ = database_;
  statement.statement_.reset(prepared, sqlite3_finalize);
  statement.path_ = path_;
  if (result != SQLITE_OK) throw failure(database_.get(), path_);
  return statement;
}

void Database::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw failure(database_.get(), path_);
  }
}

Transaction::Transaction(const Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}
Transaction::~Transaction() {
  // Nothing to be done about a failing rollback: SQLite rolls back when the file is next opened.
  try {
    if (open_) database_.execute("ROLLBACK");
  } catch (const FolderError&) {
  }
}
void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace cofi::run
