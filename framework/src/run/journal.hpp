// What has been done in a run's folder: cofi.db. Fits are keyed by everything that they depend on,
// metrics apart from them, so that a changed spec repeats only what it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

#include "run/database.hpp"
#include "run/history.hpp"

namespace cofi::run {

struct FitRecord {
  // started: under way, or the process went down with it; failed: it threw, or took a child of the
  // run down; interrupted: asked to stop, its checkpoint is saved.
  enum class Status { kMissing, kStarted, kInterrupted, kFailed, kDone };
  Status status = Status::kMissing;
  bool evaluating =
      false;  // a done fit's further evaluation is under way, or took the process down
  std::int64_t starts = 0;
  std::string error;  // why it failed; of a done fit: why its evaluation did
  double seconds = 0, shared_seconds = 0, peak_mb = 0;
  double wire_mb = 0;  // what a rank of a world sent for it
  std::string model;   // its file in the run's folder; empty where it is not saved
  History history;
};

struct MetricRecord {
  std::string key;   // see metric_key
  double value = 0;  // NaN where there is none
  std::string note;  // why not
};

// One evaluation of a fit: its metrics, in one transaction.
struct Evaluation {
  std::string key;  // see evaluation_key
  double seconds = 0;
  std::vector<MetricRecord> metrics;
};

class COFI_API Journal {
 public:
  // Opens or creates it. Error where it belongs to a spec of another name: its folder would end
  // up with the tables of one and the models of both.
  Journal(const std::string& folder, const std::string& spec_name, bool read_only);
  // One in memory that begins as a copy of another: of its bytes().
  static Journal in_memory(const std::string& bytes);
  std::string bytes() const { return database_.bytes(); }

  FitRecord fit(const std::string& key) const;
  // Its status alone: a long history takes its time to read.
  FitRecord::Status status(const std::string& fit) const;
  std::optional<MetricRecord> metric(const std::string& fit, const std::string& key) const;
  // Seconds spent on an evaluation so far.
  double evaluation_seconds(const std::string& fit, const std::string& key) const;

  void start(const std::string& fit);
  void interrupt(const std::string& fit);
  // A finished fit is evaluated again, until what comes of it is noted.
  void start_evaluation(const std::string& fit);
  void fail(const std::string& fit, const std::string& error);
  // A finished fit stays so; what was evaluated before, too.
  void fail_evaluation(const std::string& fit, const std::string& error);
  // The fit's end with its evaluations: all or nothing.
  void finish(const std::string& fit, const FitRecord& record,
              const std::vector<Evaluation>& evaluations);
  // The fit's model is no longer kept.
  void forget_model(const std::string& fit);
  // What another journal, which began as a copy of this one, has of a fit.
  void take(const Journal& other, const std::string& fit);
  // Further evaluations of a finished fit.
  void add(const std::string& fit, const std::vector<Evaluation>& evaluations);

 private:
  std::vector<Evaluation> evaluations(const std::string& fit) const;
  explicit Journal(Database database) : database_(std::move(database)) {}
  void insert(const std::string& fit, const std::vector<Evaluation>& evaluations);
  void set_evaluation(const std::string& fit, bool evaluating, const std::string& error);
  void set_status(const std::string& fit, FitRecord::Status status, const std::string& error);

  Database database_;
};

}  // namespace cofi::run
