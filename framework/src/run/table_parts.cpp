#include "run/table_parts.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

bool several_datasets(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(),
                     [](const PlannedRow& row) { return !row.row->dataset.empty(); });
}

}  // namespace

std::vector<MetricColumn> metric_columns(const Plan& plan) {
  std::vector<MetricColumn> columns;
  std::set<std::string> seen;
  for (const char* part : {"test", "train", "validation"}) {
    for (const PlannedRow& row : plan.rows) {
      for (const Measure& measure : row.measures) {
        if (measure.part != part || !seen.insert(measure.column).second) continue;
        columns.push_back(
            {measure.column, measure.part, row.metrics[measure.metric].metric->higher_is_better()});
      }
    }
  }
  return columns;
}

std::vector<TableColumn> setting_columns(const Plan& plan) {
  std::vector<TableColumn> columns;
  if (several_datasets(plan)) columns.push_back({"dataset", Kind::kText, false});
  columns.push_back({"model", Kind::kText, false});
  for (const std::string& path : plan.experiment.swept) {
    columns.push_back({path, Kind::kText, false});
  }
  return columns;
}

std::vector<Table::Value> setting_of(const Plan& plan, const spec::Row& row) {
  std::vector<Table::Value> values;
  if (several_datasets(plan)) values.emplace_back(row.dataset);
  values.emplace_back(row.model);
  for (const std::string& path : plan.experiment.swept) {
    const auto found = std::find_if(row.swept.begin(), row.swept.end(),
                                    [&](const auto& swept) { return swept.first == path; });
    values.push_back(found == row.swept.end() ? Table::Value() : Table::Value(found->second));
  }
  return values;
}

Table::Value cell_of(double value) {
  return std::isfinite(value) ? Table::Value(value) : Table::Value();
}

}  // namespace cofi::run
