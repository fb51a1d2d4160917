// A spec with everything that only data can tell: its sources, folds, metrics and cells.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "eval/evaluate.hpp"
#include "plugin/registry.hpp"
#include "run/folds.hpp"
#include "run/metered_communicator.hpp"
#include "run/ranks.hpp"
#include "run/sources.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// A metric on a part of the data: one column of the results.
struct Measure {
  std::string part;         // "test", "train" or "validation"
  std::size_t metric;       // which of the row's metrics
  std::string column;       // "rmse", "train_rmse", "validation_rmse"
  std::string key;          // of its value in the journal
  std::size_t stratum = 0;  // 0: the whole part, else the row's strata[stratum - 1] of it
};

struct StratumName {
  std::string strata, name;  // "user_activity", "low"
};

// A row of the spec, ready to run.
struct PlannedRow {
  std::shared_ptr<const spec::Row> row;
  std::shared_ptr<const Source> source;
  std::vector<eval::NamedMetric> metrics;
  std::vector<Measure> measures;
  std::vector<StratumName> strata;  // of the test part, measured apart
  std::vector<Measure> in_strata;   // their measures, which stand in a table of their own
  eval::ColdStart cold_start;
  std::size_t watched = 0;           // the metric that training looks at on validation data
  std::vector<std::string> parts;    // evaluated after the fit
  std::vector<std::int64_t> epochs;  // at which test is evaluated, for curves
  std::int64_t folds = 1;
  std::string slug;                 // names its files: "svd", "ml-100k.svd"
  std::string late_key;             // of what matters only after the fit
  bool reads_times = false;         // see Model::reads_times
  bool epochs_stand_alone = false;  // see IterativeModel; of other models a fit is one whole
};

// One fit with its evaluation.
struct Cell {
  std::size_t row;  // of Plan::rows
  std::int64_t fold, repeat;
  std::uint64_t seed;
  std::string fit;  // the fit's key: cells that differ only in late parameters share it
  // Fits of a family differ in their epochs alone, and a longer one goes on where a shorter one
  // ended: the fit's key but for the epochs, or all of it where an epoch depends on how many
  // follow.
  std::string family;
  eval::Unseen unseen;                    // in the test part
  std::string leaks;                      // "" or what training knows of the test part
  std::string split;                      // the digest of the fold's rows
  double test_to_train;                   // test interactions over training interactions
  std::vector<eval::StratumSize> strata;  // of the row's strata
  bool selected = false;                  // by the spec's `select`: its test part may be evaluated
};

// The metrics of predicting each test value without its noise, where the data knows it.
struct BestPossible {
  std::size_t row;         // the first of Plan::rows with this data and split
  spec::Row::Swept swept;  // of its settings those that reach the data or the split
  std::vector<std::vector<eval::Score>> folds;
};

// What planning needs to know of a fold, so that further rows on it need not make it again.
struct FoldFacts {
  std::string digest;  // of the split's rows
  bool validated;      // it has validation interactions
  eval::Unseen unseen;
  std::string leaks;
  double test_to_train;
  std::vector<eval::StratumSize> strata;
  std::vector<eval::Score> best;  // of the expected values; none where they or test are not there
};

struct Plan {
  spec::Experiment experiment;  // its rows moved into the rows below
  std::vector<PlannedRow> rows;
  std::vector<Cell> cells;  // in the order of the tables: row, fold, repeat
  std::vector<BestPossible> best_possible;
  std::vector<std::string> notes;                       // what splits and sources have to say
  std::map<std::string, std::vector<FoldFacts>> folds;  // by data, split and what is evaluated

  // Whether a cell is to have this column: with `select`, those of the test part are for what was
  // selected.
  bool is_due(const Cell& cell, const Measure& measure) const {
    if (!experiment.select || cell.selected) return true;
    return measure.part != "test" && measure.metric < rows[cell.row].row->own_metrics;
  }
};

// What a run shares among its cells.
struct Workshop {
  const plugin::Registry& registry;
  const ThreadPool& pool;
  c10::Device device;
  MeteredCommunicator& communicator;
  Ranks& ranks;
  Sources& sources;
  Folds& folds;
  const SearchPath& paths;
  std::int64_t fitting_ranks;  // of the world that fits, or fitted what is there
};

// Loads the data, makes every fold once and every plugin once, so that whatever is wrong with them
// is said before the first fit.
Plan make_plan(spec::Experiment experiment, const Workshop& workshop);

// Adds rows and their cells to a plan, which may move: what points into it is to be made anew.
void add_rows(Plan& plan, std::vector<spec::Row> rows, const Workshop& workshop);

}  // namespace cofi::run
