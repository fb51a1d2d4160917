#include <algorithm>

#include "run/results.hpp"
#include "run/table_parts.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;
using Row = std::vector<Table::Value>;

}  // namespace

Table folds_table(const Plan& plan, const std::vector<CellResult>& cells) {
  const std::vector<MetricColumn> columns = metric_columns(plan);
  Table table;
  table.columns = setting_columns(plan);
  for (const char* name : {"fold", "repeat", "seed"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  for (const MetricColumn& column : columns) {
    table.columns.push_back({column.name, Kind::kMetric, column.higher_is_better});
  }
  for (const char* name : {"unseen_users", "unseen_items", "unseen_rows"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  for (const char* name : {"fit_seconds", "eval_seconds", "shared_seconds"}) {
    table.columns.push_back({name, Kind::kSeconds, false});
  }
  table.columns.push_back({"peak_mb", Kind::kMegabytes, false});
  table.columns.push_back({"model_file", Kind::kText, false});
  table.columns.push_back({"status", Kind::kText, false});
  for (const CellResult& result : cells) {
    const Cell& cell = *result.cell;
    Row values = setting_of(plan, *plan.rows[cell.row].row);
    for (const double number : {double(cell.fold), double(cell.repeat), double(cell.seed)}) {
      values.emplace_back(number);
    }
    for (const MetricColumn& column : columns) {
      const auto metric = result.metrics.find(column.name);
      values.push_back(metric == result.metrics.end() ? Table::Value()
                                                      : cell_of(metric->second.value));
    }
    for (const std::int64_t count : {cell.unseen.users, cell.unseen.items, cell.unseen.rows}) {
      values.emplace_back(double(count));
    }
    const bool done = result.fit.status == FitRecord::Status::kDone;
    for (const double number : {result.fit.seconds, result.evaluation_seconds,
                                result.fit.shared_seconds, result.fit.peak_mb}) {
      values.push_back(done ? Table::Value(number) : Table::Value());
    }
    values.emplace_back(result.fit.model);
    values.emplace_back(status_of(plan, result));
    table.add_row(std::move(values));
  }
  return table;
}

Table history_table(const Plan& plan, const std::vector<CellResult>& cells) {
  std::vector<std::string> metrics;
  for (const CellResult& result : cells) {
    for (const Epoch& epoch : result.fit.history.epochs()) {
      for (const auto& [column, value] : epoch.metrics) {
        if (std::find(metrics.begin(), metrics.end(), column) == metrics.end()) {
          metrics.push_back(column);
        }
      }
    }
  }
  Table table;
  table.columns = setting_columns(plan);
  for (const char* name : {"fold", "repeat", "epoch"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  table.columns.push_back({"loss", Kind::kMetric, false});
  table.columns.push_back({"learning_rate", Kind::kMetric, false});
  table.columns.push_back({"seconds", Kind::kSeconds, false});
  for (const std::string& name : metrics) table.columns.push_back({name, Kind::kMetric, false});
  for (const CellResult& result : cells) {
    for (const Epoch& epoch : result.fit.history.epochs()) {
      Row values = setting_of(plan, *plan.rows[result.cell->row].row);
      for (const std::int64_t number : {result.cell->fold, result.cell->repeat, epoch.epoch}) {
        values.emplace_back(double(number));
      }
      values.push_back(cell_of(epoch.loss));
      values.push_back(cell_of(epoch.learning_rate));
      values.emplace_back(epoch.seconds);
      for (const std::string& name : metrics) {
        const auto found = epoch.metrics.find(name);
        values.push_back(found == epoch.metrics.end() ? Table::Value() : cell_of(found->second));
      }
      table.add_row(std::move(values));
    }
  }
  return table;
}

}  // namespace cofi::run
