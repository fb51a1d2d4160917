#include "run/journal.hpp"

namespace cofi::run {
namespace {

// The schema's number, in the file's user_version.
constexpr std::int64_t kVersion = 3;
constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS run(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fits(
    key TEXT PRIMARY KEY, status TEXT NOT NULL, starts INTEGER NOT NULL,
    evaluating INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL,
    seconds REAL, shared_seconds REAL, peak_mb REAL, wire_mb REAL, model TEXT, history TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS evaluations(
    fit TEXT NOT NULL, key TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY(fit, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS metrics(
    fit TEXT NOT NULL, key TEXT NOT NULL, value REAL, note TEXT NOT NULL,
    PRIMARY KEY(fit, key)) WITHOUT ROWID;
)";

constexpr const char* kStatus[] = {"missing", "started", "interrupted", "failed", "done"};

const char* name_of(FitRecord::Status status) { return kStatus[static_cast<int>(status)]; }

FitRecord::Status status_of(const std::string& name) {
  for (int n = 0; n < 5; ++n) {
    if (name == kStatus[n]) return static_cast<FitRecord::Status>(n);
  }
  throw Error("the journal has a fit of status '", name,
              "', which this version does not know: start over with --fresh");
}

void check_version(const Database& database, const std::string& folder) {
  Statement version = database.prepare("PRAGMA user_version");
  Statement tables = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'fits'");
  if (!tables.step()) return;
  if (version.step() && version.integer(0) == kVersion) return;
  throw Error(folder, "/cofi.db was written by another version of cofi, which kept its journal ",
              "otherwise: choose another folder with --out, or start over with --fresh");
}

}  // namespace

Journal::Journal(const std::string& folder, const std::string& spec_name, bool read_only)
    : database_(folder + "/cofi.db", read_only) {
  check_version(database_, folder);
  if (!read_only) {
    Transaction transaction(database_);
    database_.execute(kSchema);
    database_.execute("PRAGMA user_version = " + std::to_string(kVersion));
    database_.prepare("INSERT OR IGNORE INTO run VALUES ('spec', ?)").bind(1, spec_name).step();
    transaction.commit();
  }
  Statement held = database_.prepare("SELECT value FROM run WHERE name = 'spec'");
  if (held.step() && held.text(0) != spec_name) {
    throw Error(folder, " holds a run of the spec named '", held.text(0), "', this one is named '",
                spec_name, "': choose another folder with --out, or forget that run with --fresh");
  }
}

Journal Journal::in_memory(const std::string& bytes) { return Journal(Database::in_memory(bytes)); }

FitRecord Journal::fit(const std::string& key) const {
  FitRecord record;
  Statement row = database_.prepare(
      "SELECT status, starts, error, seconds, shared_seconds, peak_mb, model, history, wire_mb, "
      "evaluating FROM fits WHERE key = ?");
  if (!row.bind(1, key).step()) return record;
  record.status = status_of(row.text(0));
  record.starts = row.integer(1);
  record.error = row.text(2);
  record.seconds = row.number(3);
  record.shared_seconds = row.number(4);
  record.peak_mb = row.number(5);
  record.model = row.text(6);
  record.wire_mb = row.number(8);
  record.evaluating = row.integer(9) != 0;
  const std::string history = row.text(7);
  if (!history.empty()) record.history = History::from_text(history);
  return record;
}

FitRecord::Status Journal::status(const std::string& fit) const {
  Statement row = database_.prepare("SELECT status FROM fits WHERE key = ?");
  return row.bind(1, fit).step() ? status_of(row.text(0)) : FitRecord::Status::kMissing;
}

std::optional<MetricRecord> Journal::metric(const std::string& fit, const std::string& key) const {
  Statement row = database_.prepare("SELECT value, note FROM metrics WHERE fit = ? AND key = ?");
  if (!row.bind(1, fit).bind(2, key).step()) return std::nullopt;
  return MetricRecord{key, row.number(0), row.text(1)};
}

double Journal::evaluation_seconds(const std::string& fit, const std::string& key) const {
  Statement row = database_.prepare("SELECT seconds FROM evaluations WHERE fit = ? AND key = ?");
  return row.bind(1, fit).bind(2, key).step() ? row.number(0) : 0;
}

void Journal::set_status(const std::string& fit, FitRecord::Status status,
                         const std::string& error) {
  Transaction transaction(database_);
  database_
      .prepare(
          "INSERT INTO fits(key, status, starts, error) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT(key) DO UPDATE SET status = ?2, starts = starts + ?3, error = ?4")
      .bind(1, fit)
      .bind(2, std::string(name_of(status)))
      .bind(3, std::int64_t{status == FitRecord::Status::kStarted ? 1 : 0})
      .bind(4, error)
      .step();
  transaction.commit();
}

void Journal::start(const std::string& fit) { set_status(fit, FitRecord::Status::kStarted, ""); }
void Journal::interrupt(const std::string& fit) {
  set_status(fit, FitRecord::Status::kInterrupted, "");
}
void Journal::fail(const std::string& fit, const std::string& error) {
  set_status(fit, FitRecord::Status::kFailed, error);
}

void Journal::start_evaluation(const std::string& fit) { set_evaluation(fit, true, ""); }
void Journal::fail_evaluation(const std::string& fit, const std::string& error) {
  set_evaluation(fit, false, error);
}

void Journal::set_evaluation(const std::string& fit, bool evaluating, const std::string& error) {
  Transaction transaction(database_);
  database_.prepare("UPDATE fits SET evaluating = ?2, error = ?3 WHERE key = ?1")
      .bind(1, fit)
      .bind(2, std::int64_t{evaluating ? 1 : 0})
      .bind(3, error)
      .step();
  transaction.commit();
}

void Journal::insert(const std::string& fit, const std::vector<Evaluation>& evaluations) {
  for (const Evaluation& evaluation : evaluations) {
    database_
        .prepare(
            "INSERT INTO evaluations VALUES (?1, ?2, ?3) "
            "ON CONFLICT(fit, key) DO UPDATE SET seconds = seconds + ?3")
        .bind(1, fit)
        .bind(2, evaluation.key)
        .bind(3, evaluation.seconds)
        .step();
    for (const MetricRecord& metric : evaluation.metrics) {
      database_.prepare("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?)")
          .bind(1, fit)
          .bind(2, metric.key)
          .bind(3, metric.value)
          .bind(4, metric.note)
          .step();
    }
  }
}

void Journal::finish(const std::string& fit, const FitRecord& record,
                     const std::vector<Evaluation>& evaluations) {
  Transaction transaction(database_);
  database_
      .prepare(
          "UPDATE fits SET status = 'done', evaluating = 0, error = '', seconds = ?2, "
          "shared_seconds = ?3, "
          "peak_mb = ?4, model = ?5, history = ?6, wire_mb = ?7 WHERE key = ?1")
      .bind(1, fit)
      .bind(2, record.seconds)
      .bind(3, record.shared_seconds)
      .bind(4, record.peak_mb)
      .bind(5, record.model)
      .bind(6, record.history.to_text())
      .bind(7, record.wire_mb)
      .step();
  // A repeated fit (its model was not saved) starts its evaluations anew.
  database_.prepare("DELETE FROM evaluations WHERE fit = ?").bind(1, fit).step();
  insert(fit, evaluations);
  transaction.commit();
}

// The metrics are in the first of them: which evaluation had which is not kept.
std::vector<Evaluation> Journal::evaluations(const std::string& fit) const {
  std::vector<Evaluation> all;
  Statement rows = database_.prepare("SELECT key, seconds FROM evaluations WHERE fit = ?");
  rows.bind(1, fit);
  while (rows.step()) all.push_back({rows.text(0), rows.number(1), {}});
  Statement metrics = database_.prepare("SELECT key, value, note FROM metrics WHERE fit = ?");
  metrics.bind(1, fit);
  while (!all.empty() && metrics.step()) {
    all.front().metrics.push_back({metrics.text(0), metrics.number(1), metrics.text(2)});
  }
  return all;
}

void Journal::take(const Journal& other, const std::string& fit) {
  const FitRecord theirs = other.fit(fit);
  if (theirs.status == FitRecord::Status::kMissing) return;
  if (theirs.status != FitRecord::Status::kDone) {
    set_status(fit, theirs.status, theirs.error);
    return;
  }
  // finish() changes a row that is there.
  if (this->fit(fit).status == FitRecord::Status::kMissing) start(fit);
  finish(fit, theirs, other.evaluations(fit));
  if (!theirs.error.empty()) fail_evaluation(fit, theirs.error);
}

void Journal::forget_model(const std::string& fit) {
  Transaction transaction(database_);
  database_.prepare("UPDATE fits SET model = '' WHERE key = ?").bind(1, fit).step();
  transaction.commit();
}

void Journal::add(const std::string& fit, const std::vector<Evaluation>& evaluations) {
  Transaction transaction(database_);
  database_.prepare("UPDATE fits SET evaluating = 0, error = '' WHERE key = ?").bind(1, fit).step();
  insert(fit, evaluations);
  transaction.commit();
}

}  // namespace cofi::run
