#include <algorithm>
#include <filesystem>
#include <numeric>

#include "run/cell_runner.hpp"
#include "run/lists_export.hpp"
#include "run/result_columns.hpp"
#include "run/results.hpp"
#include "run/selection.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

// Of each row which cells' test values make up one system with its own: the row's, or with
// `per: fold` those of all rows that compete, named by the first.
std::vector<std::size_t> systems_of(const Plan& plan) {
  std::vector<std::size_t> systems(plan.rows.size());
  std::iota(systems.begin(), systems.end(), std::size_t{0});
  if (!plan.experiment.select || !plan.experiment.select->per_fold) return systems;
  for (const auto& group : competing_rows(plan)) {
    for (const std::size_t row : group.second) systems[row] = group.second.front();
  }
  return systems;
}

}  // namespace

Table folds_table(const Plan& plan, const std::vector<CellResult>& cells) {
  const std::vector<MetricColumn> columns = metric_columns(plan);
  Table table;
  const SettingColumns settings(plan);
  table.columns = settings.columns();
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
  const bool sends = any_sends(cells);
  if (sends) table.columns.push_back({"wire_mb", Kind::kMegabytes, false});
  for (const char* name : {"test_to_train", "system"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  for (const char* name : {"data", "split", "model_file"}) {
    table.columns.push_back({name, Kind::kText, false});
  }
  const bool exports = std::any_of(cells.begin(), cells.end(), [&](const CellResult& result) {
    return !lists_file(plan, *result.cell).empty();
  });
  if (exports) table.columns.push_back({"lists_file", Kind::kText, false});
  const bool leaks = any_leaks(plan);
  if (leaks) table.columns.push_back({"leaks", Kind::kText, false});
  table.columns.push_back({"status", Kind::kText, false});
  const std::vector<std::size_t> systems = systems_of(plan);
  for (const CellResult& result : cells) {
    const Cell& cell = *result.cell;
    TableRow values = settings.of(cell);
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
    if (sends) values.push_back(done ? Table::Value(result.fit.wire_mb) : Table::Value());
    values.emplace_back(cell.test_to_train);
    const bool tested = cell.selected || !plan.experiment.select;
    values.push_back(tested ? Table::Value(double(systems[cell.row])) : Table::Value());
    values.emplace_back(plan.rows[cell.row].source->digest.substr(0, 16));
    values.emplace_back(cell.split.substr(0, 16));
    values.emplace_back(result.fit.model);
    if (exports) values.emplace_back(done ? lists_file(plan, cell) : "");
    if (leaks) values.emplace_back(cell.leaks);
    values.emplace_back(status_of(result));
    table.add_row(std::move(values));
  }
  return table;
}

Table per_user_table(const Plan& plan, const std::vector<CellResult>& cells, const Folder& folder) {
  Table table;
  table.columns = {{"cell", Kind::kCount}, {"metric"}, {"file"}};
  for (std::size_t n = 0; n < cells.size(); ++n) {
    const Cell& cell = *cells[n].cell;
    for (const Measure& measure : plan.rows[cell.row].measures) {
      if (cells[n].metrics.count(measure.column) == 0) continue;
      const std::string file = per_user_file(plan, cell, measure);
      if (!std::filesystem::exists(folder.at(file))) continue;
      table.add_row({double(n + 1), measure.column, file});
    }
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
  const SettingColumns settings(plan);
  table.columns = settings.columns();
  for (const char* name : {"fold", "repeat", "epoch"}) {
    table.columns.push_back({name, Kind::kCount, false});
  }
  table.columns.push_back({"loss", Kind::kMetric, false});
  table.columns.push_back({"learning_rate", Kind::kMetric, false});
  table.columns.push_back({"seconds", Kind::kSeconds, false});
  for (const std::string& name : metrics) table.columns.push_back({name, Kind::kMetric, false});
  for (const CellResult& result : cells) {
    const TableRow setting = settings.of(*result.cell);
    for (const Epoch& epoch : result.fit.history.epochs()) {
      TableRow values = setting;
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
