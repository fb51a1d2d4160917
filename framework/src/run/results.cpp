#include "run/results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "run/cell_runner.hpp"
#include "run/ranking.hpp"
#include "run/text.hpp"
#include "stats/moments.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;
using Row = std::vector<Table::Value>;

struct MetricColumn {
  std::string name;
  std::string part;
  bool higher_is_better;
};

// The metrics of all rows: those of test first, then train's and validation's.
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

bool several_datasets(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(),
                     [](const PlannedRow& row) { return !row.row->dataset.empty(); });
}

// Whether a metric ranks other candidates than all: such rows say which.
bool other_candidates(const Plan& plan) {
  return std::any_of(plan.rows.begin(), plan.rows.end(), [](const PlannedRow& row) {
    return describe_candidates(row) != "all" &&
           std::any_of(row.metrics.begin(), row.metrics.end(),
                       [](const eval::NamedMetric& each) { return each.metric->ranking().any(); });
  });
}

// The columns that say which row it is, and their values.
std::vector<TableColumn> setting_columns(const Plan& plan) {
  std::vector<TableColumn> columns;
  if (several_datasets(plan)) columns.push_back({"dataset", Kind::kText, false});
  columns.push_back({"model", Kind::kText, false});
  for (const std::string& path : plan.experiment.swept) {
    columns.push_back({path, Kind::kText, false});
  }
  if (other_candidates(plan)) columns.push_back({"candidates", Kind::kText, false});
  return columns;
}

Row setting_of(const Plan& plan, const PlannedRow& planned, const spec::Row& row) {
  Row values;
  if (several_datasets(plan)) values.emplace_back(row.dataset);
  values.emplace_back(row.model);
  for (const std::string& path : plan.experiment.swept) {
    const auto found = std::find_if(row.swept.begin(), row.swept.end(),
                                    [&](const auto& swept) { return swept.first == path; });
    values.push_back(found == row.swept.end() ? Table::Value() : Table::Value(found->second));
  }
  if (other_candidates(plan)) values.emplace_back(describe_candidates(planned));
  return values;
}

// NaN is an empty cell.
Table::Value cell_of(double value) {
  return std::isfinite(value) ? Table::Value(value) : Table::Value();
}

std::string status_of(const CellResult& cell, bool complete) {
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
  if (!complete) return "not evaluated";
  std::string status = "done";
  for (const auto& [column, metric] : cell.metrics) {
    if (!metric.note.empty()) status += "; " + metric.note;
  }
  return status;
}

std::string status_of(const Plan& plan, const CellResult& cell) {
  return status_of(cell, cell.metrics.size() == plan.rows[cell.cell->row].measures.size());
}

// Of several cells: the first that is not like "done", and how many are like it.
std::string status_of(const Plan& plan, const std::vector<const CellResult*>& cells) {
  std::string status = "done";
  std::size_t others = 0;
  for (const CellResult* cell : cells) {
    const std::string own = status_of(plan, *cell);
    const bool done = own.compare(0, 4, "done") == 0;
    if (own == "done") continue;
    if (status == "done" || (status.compare(0, 4, "done") == 0 && !done)) status = own;
    if (!done) ++others;
  }
  if (others > 0 && cells.size() > 1) {
    status += " (" + std::to_string(others) + " of " + std::to_string(cells.size()) + " cells)";
  }
  return status;
}

bool all_done(const Plan& plan, const std::vector<const CellResult*>& cells) {
  return std::all_of(cells.begin(), cells.end(), [&](const CellResult* cell) {
    return status_of(plan, *cell).compare(0, 4, "done") == 0;
  });
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
  Row values = setting_of(plan, row, setting);
  for (const MetricColumn& column : columns) {
    std::vector<double> found;
    for (const auto& fold : best.folds) {
      for (const eval::Score& score : fold) {
        if (score.column == column.name && score.note.empty()) found.push_back(score.value.value);
      }
    }
    const stats::Moments moments = stats::moments_of(found);
    values.push_back(cell_of(moments.mean));
    if (column.part == "test") values.push_back(cell_of(moments.deviation));
  }
  values.resize(table.columns.size());
  table.add_row(std::move(values), true);
}

bool any_leaks(const Plan& plan) {
  return std::any_of(plan.cells.begin(), plan.cells.end(),
                     [](const Cell& cell) { return !cell.leaks.empty(); });
}

// What the first leaking fold says, and how many of the cells leak where not all do alike.
std::string leaks_of(const std::vector<const CellResult*>& cells) {
  std::string first;
  std::size_t leaking = 0;
  for (const CellResult* result : cells) {
    if (result->cell->leaks.empty()) continue;
    if (leaking++ == 0) first = result->cell->leaks;
  }
  if (leaking == 0 || cells.size() == 1) return first;
  return first + " (" + std::to_string(leaking) + " of " + std::to_string(cells.size()) +
         " cells; folds.csv has each)";
}

}  // namespace

std::vector<CellResult> collect(const Plan& plan, const Journal& journal) {
  std::vector<CellResult> cells;
  for (const Cell& cell : plan.cells) {
    const PlannedRow& row = plan.rows[cell.row];
    CellResult result;
    result.cell = &cell;
    result.fit = journal.fit(cell.fit);
    if (result.fit.status == FitRecord::Status::kDone) {
      for (const Measure& measure : row.measures) {
        if (auto metric = journal.metric(cell.fit, measure.key)) {
          result.metrics.emplace(measure.column, std::move(*metric));
        }
      }
      for (const std::string& part : row.parts) {
        result.evaluation_seconds +=
            journal.evaluation_seconds(cell.fit, part + " " + row.late_key);
      }
    }
    cells.push_back(std::move(result));
  }
  return cells;
}

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
  const bool leaks = any_leaks(plan);
  if (leaks) table.columns.push_back({"leaks", Kind::kText, false});
  table.columns.push_back({"status", Kind::kText, false});

  std::vector<std::vector<const CellResult*>> by_row(plan.rows.size());
  for (const CellResult& cell : cells) by_row[cell.cell->row].push_back(&cell);
  for (std::size_t n = 0; n < plan.rows.size(); ++n) {
    const bool done = all_done(plan, by_row[n]);
    Row values = setting_of(plan, plan.rows[n], *plan.rows[n].row);
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
      const stats::Moments moments = stats::moments_of(found);
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
      values.push_back(cell_of(stats::moments_of(*seconds).mean));
    }
    values.push_back(fit.empty() ? Table::Value() : Table::Value(peak));
    if (leaks) values.emplace_back(leaks_of(by_row[n]));
    values.emplace_back(status_of(plan, by_row[n]));
    table.add_row(std::move(values));
  }
  for (const BestPossible& best : plan.best_possible) {
    add_best_possible(plan, best, columns, table);
  }
  return table;
}

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
  table.columns.push_back({"test_to_train", Kind::kCount, false});
  for (const char* name : {"data", "split", "per_user", "model_file"}) {
    table.columns.push_back({name, Kind::kText, false});
  }
  const bool leaks = any_leaks(plan);
  if (leaks) table.columns.push_back({"leaks", Kind::kText, false});
  table.columns.push_back({"status", Kind::kText, false});
  for (const CellResult& result : cells) {
    const Cell& cell = *result.cell;
    Row values = setting_of(plan, plan.rows[cell.row], *plan.rows[cell.row].row);
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
    values.emplace_back(cell.test_to_train);
    values.emplace_back(plan.rows[cell.row].source->digest.substr(0, 16));
    values.emplace_back(cell.split.substr(0, 16));
    values.emplace_back(per_user_folder(plan, cell));
    values.emplace_back(result.fit.model);
    if (leaks) values.emplace_back(cell.leaks);
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
      Row values = setting_of(plan, plan.rows[result.cell->row], *plan.rows[result.cell->row].row);
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
