// The columns of a run's tables, and what stands in them.
#pragma once

#include <string>
#include <vector>

#include "run/results.hpp"
#include "run/table.hpp"

namespace cofi::run {

using TableRow = std::vector<Table::Value>;

struct MetricColumn {
  std::string name;
  std::string part;
  bool higher_is_better;
};

// The metrics of all rows: those of test first, then train's and validation's.
std::vector<MetricColumn> metric_columns(const Plan& plan);

// The columns that say which row it is, and their values.
class SettingColumns {
 public:
  explicit SettingColumns(const Plan& plan);

  std::vector<TableColumn> columns() const;
  TableRow of(const PlannedRow& planned, const spec::Row& row, bool selected) const;
  // Of a cell's row.
  TableRow of(const Cell& cell) const;

 private:
  const Plan& plan_;
  bool datasets_;    // there are several
  bool candidates_;  // a metric ranks other candidates than all: rows say which
};

// "done", "done; <why a metric has no value>", "failed: <why>", "interrupted", "not run", ...
std::string status_of(const CellResult& cell);
bool any_leaks(const Plan& plan);
bool any_reads_times(const Plan& plan);
bool any_sends(const std::vector<CellResult>& cells);  // to other ranks

}  // namespace cofi::run
