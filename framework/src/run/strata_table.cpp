#include <algorithm>

#include "run/result_columns.hpp"
#include "run/results.hpp"

namespace cofi::run {

Table strata_table(const Plan& plan, const std::vector<CellResult>& cells) {
  using Kind = TableColumn::Kind;
  std::vector<MetricColumn> metrics = metric_columns(plan);
  metrics.erase(std::remove_if(metrics.begin(), metrics.end(),
                               [](const MetricColumn& column) { return column.part != "test"; }),
                metrics.end());
  Table table;
  const SettingColumns settings(plan);
  table.columns = settings.columns();
  for (const char* name : {"strata", "stratum"})
    table.columns.push_back({name, Kind::kText, false});
  for (const char* name : {"fold", "repeat", "users", "rows"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  for (const MetricColumn& column : metrics) {
    table.columns.push_back({column.name, Kind::kMetric, column.higher_is_better});
  }
  for (const CellResult& result : cells) {
    const Cell& cell = *result.cell;
    const PlannedRow& row = plan.rows[cell.row];
    for (std::size_t s = 0; s < row.strata.size() && !result.strata.empty(); ++s) {
      TableRow values = settings.of(cell);
      values.emplace_back(row.strata[s].strata);
      values.emplace_back(row.strata[s].name);
      for (const std::int64_t number :
           {cell.fold, cell.repeat, cell.strata[s].users, cell.strata[s].rows}) {
        values.emplace_back(double(number));
      }
      for (const MetricColumn& column : metrics) {
        Table::Value found;
        for (std::size_t n = 0; n < row.in_strata.size(); ++n) {
          const Measure& measure = row.in_strata[n];
          if (measure.stratum != s + 1 || measure.column != column.name) continue;
          if (result.strata[n]) found = cell_of(result.strata[n]->value);
        }
        values.push_back(std::move(found));
      }
      table.add_row(std::move(values));
    }
  }
  return table;
}

}  // namespace cofi::run
