// Columns and values that the tables of a run have in common.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"
#include "run/table.hpp"

namespace cofi::run {

struct MetricColumn {
  std::string name;
  std::string part;  // of the data that it is computed on
  bool higher_is_better;
};

// The metrics of all rows: those of test first, then train's and validation's.
std::vector<MetricColumn> metric_columns(const Plan& plan);

// The columns that say which row it is, and their values.
std::vector<TableColumn> setting_columns(const Plan& plan);
std::vector<Table::Value> setting_of(const Plan& plan, const spec::Row& row);

// NaN is an empty cell.
Table::Value cell_of(double value);

}  // namespace cofi::run
