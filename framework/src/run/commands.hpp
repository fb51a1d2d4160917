// What the runner can do with a spec, as plain functions for its command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "plugin/registry.hpp"

namespace cofi::run {

// Flags that say which processes there are; empty: not given.
struct ProcessOptions {
  std::string np;            // "4": all on this machine
  std::string ranks, world;  // "1-3" of "4": this machine's
  std::string master;        // "host:port" of the machine with rank 0
};

struct RunOptions {
  std::string spec;
  std::vector<std::string> overrides;  // "a.b.c=value"
  std::string out;                     // the run's folder; empty: runs/<name>
  bool fresh = false;                  // forget what the folder holds
  bool dry_run = false;
  int verbosity = 0;  // -1: errors alone, 0: progress, 1: more
  // Set in a child of a run (hidden flag --worker THREADS): runs what the parent tells it to (see
  // worker.hpp), in the folder that the parent holds.
  std::int64_t worker_threads = 0;
  ProcessOptions processes;
};

// Runs what is missing of a spec and writes its tables. The exit code: 0 done, 3 some cells failed,
// 130 interrupted (state saved).
COFI_API int run(const RunOptions& options, const plugin::Registry& registry);

struct CommOptions {
  std::string backend;  // a plugin's name
  ProcessOptions processes;
  double timeout_seconds = 60;  // to wait for the other ranks
  bool check_only = false;      // and time nothing
};

// Asks every operation of a backend whether it is right, then how fast it is, and prints both. 0:
// all right; 3: some are wrong.
COFI_API int comm(const CommOptions& options, const plugin::Registry& registry);

struct EvaluateOptions {
  std::string folder;   // a run's
  std::string metrics;  // "mae,ndcg@20", or a YAML list as a spec has it
  int verbosity = 0;
  std::int64_t worker_threads = 0;  // as of RunOptions
};

// Adds metrics to a run, computed from its saved models; an Error where something would have to be
// trained for them.
COFI_API int evaluate_run(const EvaluateOptions& options, const plugin::Registry& registry);

struct CompareOptions {
  std::vector<std::string> folders;  // runs
  std::vector<std::string> metrics;  // their columns; empty: all
  bool anyway = false;               // systems of different data or splits, too
  double level = 0.95;               // of the confidence intervals
  std::int64_t resamples = 10000;
  std::string out;  // a .csv, .json, .md or .tex file to write as well
};

// Prints which systems of the runs differ by more than chance. An Error where two runs' data or
// splits are not the same.
COFI_API int compare(const CompareOptions& options);

struct ReplayOptions {
  std::string folder;  // a run's
  std::string out;     // where to run it again; empty: beside it, under <folder>-replay
  int verbosity = 0;
  std::int64_t worker_threads = 0;  // as of RunOptions
};

// Runs a finished run again, and says cell by cell whether the numbers are the same, and what else
// is not. 0: they are; 3: some are not.
COFI_API int replay(const ReplayOptions& options, const plugin::Registry& registry);

// What a run's saved models are asked.
struct AskOptions {
  std::string folder;  // a run's
  std::string model;   // its key in the spec, or a setting's name; empty where there is one
  std::string fold;    // a number; empty: the first
  std::string user, item;
  std::string pairs;  // predict: a CSV file of users and items instead
  std::string out;    // predict with pairs: the CSV file to write; empty: standard output
  std::string time;   // when, in seconds since 1970, for models that read times; empty: never
  std::int64_t top = 10;
  bool explain = false;  // not with pairs or a time
};

// Prints the prediction for a user and an item, or those for a file's lines.
COFI_API int predict(const AskOptions& options, const plugin::Registry& registry);
// Prints the items that a user gets recommended: the best of those it has none of in training.
COFI_API int recommend(const AskOptions& options, const plugin::Registry& registry);
// Prints the items that the model takes to be most like an item.
COFI_API int similar(const AskOptions& options, const plugin::Registry& registry);

struct ExportOptions {
  std::string source;                  // a spec, or a run's folder
  std::vector<std::string> overrides;  // of a spec
  std::string out;                     // split: a folder; model: a file
  std::string model;                   // its key in the spec
};

// Writes each fold's parts as CSV files with the source's own ids, and users.csv and items.csv with
// the dense ids that saved models use.
COFI_API int export_split(const ExportOptions& options, const plugin::Registry& registry);
// Writes a model as it was initialised: prepared for training, before its first epoch.
COFI_API int export_model(const ExportOptions& options, const plugin::Registry& registry);

}  // namespace cofi::run
