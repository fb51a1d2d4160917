#include "run/results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/table_parts.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;
using Row = std::vector<Table::Value>;

struct Moments {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();  // of the sample
};

Moments moments_of(const std::vector<double>& values) {
  Moments moments;
  if (values.empty()) return moments;
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  moments.mean = sum / n;
  if (values.size() < 2) return moments;
  double squares = 0;
  for (const double value : values) {
    squares += (value - moments.mean) * (value - moments.mean);
  }
  moments.deviation = std::sqrt(squares / (n - 1));
  return moments;
}

void add_best_possible(const Plan& plan, const BestPossible& best,
                       const std::vector<MetricColumn>& columns, Table& table) {
  const PlannedRow& row = plan.rows[best.row];
  spec::Row setting = *row.row;
  setting.model = "(best possible)";
  // What is swept of the models does not reach it.
  auto& swept = setting.swept;
  swept.erase(std::remove_if(swept.begin(), swept.end(),
                             [](const auto& each) {
                               const std::string top = each.first.substr(0, each.first.find('.'));
                               return top != "dataset" && top != "datasets" && top != "split" &&
                                      top != "seed";
                             }),
              swept.end());
  Row values = setting_of(plan, setting);
  for (const MetricColumn& column : columns) {
    std::vector<double> found;
    for (const auto& fold : best.folds) {
      for (const eval::Score& score : fold) {
        if (score.column == column.name && score.note.empty()) found.push_back(score.value.value);
      }
    }
    const Moments moments = moments_of(found);
    values.push_back(cell_of(moments.mean));
    if (column.part == "test") values.push_back(cell_of(moments.deviation));
  }
  values.resize(table.columns.size());
  table.add_row(std::move(values), true);
}

}  // namespace

Table results_table(const Plan& plan, const std::vector<CellResult>& cells) {
  const std::vector<MetricColumn> columns = metric_columns(plan);
  Table table;
  table.columns = setting_columns(plan);
  for (const MetricColumn& column : columns) {
    table.columns.push_back({column.name, Kind::kMetric, column.higher_is_better});
    if (column.part == "test")
      table.columns.push_back({column.name + "_std", Kind::kMetric, false});
  }
  for (const char* name : {"fit_seconds", "eval_seconds", "shared_seconds"}) {
    table.columns.push_back({name, Kind::kSeconds, false});
  }
  table.columns.push_back({"peak_mb", Kind::kMegabytes, false});
  table.columns.push_back({"status", Kind::kText, false});

  std::vector<std::vector<const CellResult*>> by_row(plan.rows.size());
  for (const CellResult& cell : cells) by_row[cell.cell->row].push_back(&cell);
  for (std::size_t n = 0; n < plan.rows.size(); ++n) {
    const bool done = all_done(plan, by_row[n]);
    Row values = setting_of(plan, *plan.rows[n].row);
    for (const MetricColumn& column : columns) {
      std::vector<double> found;
      for (const CellResult* cell : by_row[n]) {
        const auto metric = cell->metrics.find(column.name);
        if (metric != cell->metrics.end() && std::isfinite(metric->second.value)) {
          found.push_back(metric->second.value);
        }
      }
      // A mean over some of the cells would not compare with the other rows.
      if (!done || found.size() != by_row[n].size()) found.clear();
      const Moments moments = moments_of(found);
      values.push_back(cell_of(moments.mean));
      if (column.part == "test") values.push_back(cell_of(moments.deviation));
    }
    std::vector<double> fit, evaluation, shared;
    double peak = 0;
    for (const CellResult* cell : by_row[n]) {
      if (cell->fit.status != FitRecord::Status::kDone) continue;
      fit.push_back(cell->fit.seconds);
      evaluation.push_back(cell->evaluation_seconds);
      shared.push_back(cell->fit.shared_seconds);
      peak = std::max(peak, cell->fit.peak_mb);
    }
    for (const auto* seconds : {&fit, &evaluation, &shared}) {
      values.push_back(cell_of(moments_of(*seconds).mean));
    }
    values.push_back(fit.empty() ? Table::Value() : Table::Value(peak));
    values.emplace_back(status_of(plan, by_row[n]));
    table.add_row(std::move(values));
  }
  for (const BestPossible& best : plan.best_possible) {
    add_best_possible(plan, best, columns, table);
  }
  return table;
}

}  // namespace cofi::run
