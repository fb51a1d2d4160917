#include "run/result_columns.hpp"

#include <algorithm>
#include <set>

#include "run/ranking.hpp"
#include "run/text.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

bool several_datasets(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(),
                     [](const PlannedRow& row) { return !row.row->dataset.empty(); });
}

bool other_candidates(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(), [](const PlannedRow& row) {
    return describe_candidates(row) != "all" && ranks_items(row);
  });
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

SettingColumns::SettingColumns(const Plan& plan)
    : plan_(plan), datasets_(several_datasets(plan)), candidates_(other_candidates(plan)) {}

std::vector<TableColumn> SettingColumns::columns() const {
  std::vector<TableColumn> columns;
  if (datasets_) columns.push_back({"dataset", Kind::kText, false});
  columns.push_back({"model", Kind::kText, false});
  for (const std::string& path : plan_.experiment.swept) {
    columns.push_back({path, Kind::kText, false});
  }
  if (candidates_) columns.push_back({"candidates", Kind::kText, false});
  if (plan_.experiment.select) columns.push_back({"selected", Kind::kCount, false});
  return columns;
}

TableRow SettingColumns::of(const Cell& cell) const {
  const PlannedRow& row = plan_.rows[cell.row];
  return of(row, *row.row, cell.selected);
}

TableRow SettingColumns::of(const PlannedRow& planned, const spec::Row& row, bool selected) const {
  TableRow values;
  if (datasets_) values.emplace_back(row.dataset);
  values.emplace_back(row.model);
  for (const std::string& path : plan_.experiment.swept) {
    const auto found = std::find_if(row.swept.begin(), row.swept.end(),
                                    [&](const auto& swept) { return swept.first == path; });
    values.push_back(found == row.swept.end() ? Table::Value() : Table::Value(found->second));
  }
  if (candidates_) values.emplace_back(describe_candidates(planned));
  if (plan_.experiment.select) values.emplace_back(double(selected));
  return values;
}

std::string status_of(const CellResult& cell) {
  switch (cell.fit.status) {
    case FitRecord::Status::kFailed:
      return "failed: " + first_line(cell.fit.error);
    case FitRecord::Status::kDone:
      break;
    case FitRecord::Status::kInterrupted:
      return "interrupted";
    default:
      return "not run";
  }
  if (!cell.complete && !cell.fit.error.empty()) {
    return "evaluation failed: " + first_line(cell.fit.error);
  }
  if (!cell.complete) return "not evaluated";
  std::string status = "done";
  for (const auto& [column, metric] : cell.metrics) {
    if (!metric.note.empty()) status += "; " + metric.note;
  }
  return status;
}

bool any_sends(const std::vector<CellResult>& cells) {
  return std::any_of(cells.begin(), cells.end(),
                     [](const CellResult& cell) { return cell.fit.wire_mb > 0; });
}

bool any_leaks(const Plan& plan) {
  return std::any_of(plan.cells.begin(), plan.cells.end(),
                     [](const Cell& cell) { return !cell.leaks.empty(); });
}

bool any_reads_times(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(),
                     [](const PlannedRow& row) { return row.reads_times; });
}

}  // namespace cofi::run
