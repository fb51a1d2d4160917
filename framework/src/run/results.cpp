#include "run/results.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "run/fit_key.hpp"
#include "run/result_columns.hpp"
#include "run/selection.hpp"
#include "stats/moments.hpp"
#include "stats/variance.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

// Whether the spread over folds can be told from that over seeds.
bool spreads(const Plan& plan) {
  return plan.experiment.repeat > 1 &&
         std::any_of(plan.rows.begin(), plan.rows.end(),
                     [](const PlannedRow& row) { return row.folds > 1; });
}

// What rows of the results have beside their settings.
struct Columns {
  std::vector<MetricColumn> metrics;
  bool spreads, sends, reads_times, leaks;
};

void add_best_possible(const Plan& plan, const BestPossible& best, const SettingColumns& settings,
                       const Columns& columns, Table& table) {
  const PlannedRow& row = plan.rows[best.row];
  spec::Row setting = *row.row;
  setting.model = "(best possible)";
  setting.swept = best.swept;
  TableRow values = settings.of(row, setting, false);
  for (std::size_t c = 0; c < values.size(); ++c) {
    const std::string& name = table.columns[c].name;
    if (name == "candidates" || name == "selected") values[c] = {};  // of models' rows
  }
  for (const MetricColumn& column : columns.metrics) {
    std::vector<double> found;
    for (const auto& fold : best.folds) {
      for (const eval::Score& score : fold) {
        if (score.column == column.name && score.note.empty()) found.push_back(score.value.value);
      }
    }
    const stats::Moments moments = stats::moments_of(found);
    values.push_back(cell_of(moments.mean));
    if (column.part != "test") continue;
    values.push_back(cell_of(moments.deviation));
    if (columns.spreads) values.resize(values.size() + 2);
  }
  values.resize(table.columns.size());
  table.add_row(std::move(values), true);
}

// Of several cells: the first that is not like "done", and how many are like it.
std::string status_of(const std::vector<const CellResult*>& cells) {
  std::string status = "done";
  std::size_t others = 0;
  for (const CellResult* cell : cells) {
    const std::string own = status_of(*cell);
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

bool all_done(const std::vector<const CellResult*>& cells) {
  return std::all_of(cells.begin(), cells.end(), [&](const CellResult* cell) {
    return status_of(*cell).compare(0, 4, "done") == 0;
  });
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

// A metric's value of each cell; nothing where one has none: a mean over some of the cells would
// not compare with other rows.
std::vector<double> values_of(const std::vector<const CellResult*>& cells,
                              const std::string& column) {
  std::vector<double> found;
  for (const CellResult* cell : cells) {
    const auto metric = cell->metrics.find(column);
    if (metric == cell->metrics.end() || !std::isfinite(metric->second.value)) return {};
    found.push_back(metric->second.value);
  }
  return found;
}

void add_spread(const std::vector<const CellResult*>& cells, const std::vector<double>& found,
                TableRow& values) {
  std::map<std::int64_t, std::vector<double>> by_fold;
  for (std::size_t n = 0; n < found.size(); ++n) {
    by_fold[cells[n]->cell->fold].push_back(found[n]);
  }
  std::vector<std::vector<double>> folds;
  for (auto& fold : by_fold) folds.push_back(std::move(fold.second));
  const stats::SpreadParts parts = stats::spread_parts(folds);
  values.push_back(cell_of(parts.split));
  values.push_back(cell_of(parts.seed));
}

// A row of the results, from its setting and its cells.
void add_summary(const Plan& plan, const std::vector<const CellResult*>& cells,
                 const Columns& columns, bool tested, TableRow values, Table& table) {
  const bool done = all_done(cells);
  for (const MetricColumn& column : columns.metrics) {
    const bool shown = done && (tested || column.part != "test");
    const auto found = shown ? values_of(cells, column.name) : std::vector<double>();
    const stats::Moments moments = stats::moments_of(found);
    values.push_back(cell_of(moments.mean));
    if (column.part != "test") continue;
    values.push_back(cell_of(moments.deviation));
    if (columns.spreads) add_spread(cells, found, values);
  }
  std::vector<double> fit, evaluation, shared;
  std::vector<double> wire;
  double peak = 0;
  for (const CellResult* cell : cells) {
    if (cell->fit.status != FitRecord::Status::kDone) continue;
    fit.push_back(cell->fit.seconds);
    evaluation.push_back(cell->evaluation_seconds);
    shared.push_back(cell->fit.shared_seconds);
    peak = std::max(peak, cell->fit.peak_mb);
    wire.push_back(cell->fit.wire_mb);
  }
  for (const auto* seconds : {&fit, &evaluation, &shared}) {
    values.push_back(cell_of(stats::moments_of(*seconds).mean));
  }
  values.push_back(fit.empty() ? Table::Value() : Table::Value(peak));
  if (columns.sends) values.push_back(cell_of(stats::moments_of(wire).mean));
  if (columns.reads_times) {
    const bool reads = plan.rows[cells.front()->cell->row].reads_times;
    values.push_back(reads ? Table::Value("of the test row") : Table::Value());
  }
  if (columns.leaks) values.emplace_back(leaks_of(cells));
  values.emplace_back(status_of(cells));
  table.add_row(std::move(values));
}

}  // namespace

std::vector<Measure> missing(const Plan& plan, const Cell& cell, const Journal& journal) {
  const PlannedRow& row = plan.rows[cell.row];
  const bool fitted = journal.status(cell.fit) == FitRecord::Status::kDone;
  std::vector<Measure> lacking;
  for (const auto* measures : {&row.measures, &row.in_strata}) {
    for (const Measure& measure : *measures) {
      if (!plan.is_due(cell, measure)) continue;
      if (!fitted || !journal.metric(cell.fit, measure.key)) lacking.push_back(measure);
    }
  }
  return lacking;
}

std::vector<CellResult> collect(const Plan& plan, const Journal& journal) {
  std::vector<CellResult> cells;
  for (const Cell& cell : plan.cells) {
    const PlannedRow& row = plan.rows[cell.row];
    CellResult result;
    result.cell = &cell;
    result.fit = journal.fit(cell.fit);
    if (result.fit.status == FitRecord::Status::kDone) {
      result.complete = true;
      for (const Measure& measure : row.measures) {
        if (!plan.is_due(cell, measure)) continue;
        if (auto metric = journal.metric(cell.fit, measure.key)) {
          result.metrics.emplace(measure.column, std::move(*metric));
        } else {
          result.complete = false;
        }
      }
      for (const Measure& measure : row.in_strata) {
        if (!plan.is_due(cell, measure)) continue;
        result.strata.push_back(journal.metric(cell.fit, measure.key));
        result.complete = result.complete && result.strata.back();
      }
      for (const std::string& part : row.parts) {
        result.evaluation_seconds +=
            journal.evaluation_seconds(cell.fit, evaluation_key(row, part));
      }
    }
    cells.push_back(std::move(result));
  }
  return cells;
}

Table results_table(const Plan& plan, const std::vector<CellResult>& cells) {
  const SettingColumns settings(plan);
  const Columns columns{metric_columns(plan), spreads(plan), any_sends(cells),
                        any_reads_times(plan), any_leaks(plan)};
  Table table;
  table.columns = settings.columns();
  for (const MetricColumn& column : columns.metrics) {
    table.columns.push_back({column.name, Kind::kMetric, column.higher_is_better});
    if (column.part != "test") continue;
    table.columns.push_back({column.name + "_std", Kind::kMetric, false});
    if (!columns.spreads) continue;
    table.columns.push_back({column.name + "_split_std", Kind::kMetric, false});
    table.columns.push_back({column.name + "_seed_std", Kind::kMetric, false});
  }
  for (const char* name : {"fit_seconds", "eval_seconds", "shared_seconds"}) {
    table.columns.push_back({name, Kind::kSeconds, false});
  }
  table.columns.push_back({"peak_mb", Kind::kMegabytes, false});
  if (columns.sends) table.columns.push_back({"wire_mb", Kind::kMegabytes, false});
  if (columns.reads_times) table.columns.push_back({"reads_times", Kind::kStamp, false});
  if (columns.leaks) table.columns.push_back({"leaks", Kind::kText, false});
  table.columns.push_back({"status", Kind::kText, false});

  std::vector<std::vector<const CellResult*>> by_row(plan.rows.size());
  for (const CellResult& cell : cells) by_row[cell.cell->row].push_back(&cell);
  const bool per_fold = plan.experiment.select && plan.experiment.select->per_fold;
  for (std::size_t n = 0; n < plan.rows.size(); ++n) {
    const bool selected = !per_fold && by_row[n].front()->cell->selected;
    TableRow values = settings.of(plan.rows[n], *plan.rows[n].row, selected);
    const bool tested = selected || !plan.experiment.select;
    add_summary(plan, by_row[n], columns, tested, std::move(values), table);
  }
  if (per_fold) {
    for (const auto& group : competing_rows(plan)) {
      std::vector<const CellResult*> chosen;
      for (const std::size_t n : group.second) {
        for (const CellResult* cell : by_row[n]) {
          if (cell->cell->selected) chosen.push_back(cell);
        }
      }
      if (chosen.empty()) continue;
      const PlannedRow& first = plan.rows[group.second.front()];
      spec::Row row = *first.row;
      row.model += " (each fold's choice)";
      row.swept.clear();
      add_summary(plan, chosen, columns, true, settings.of(first, row, true), table);
    }
  }
  for (const BestPossible& best : plan.best_possible) {
    add_best_possible(plan, best, settings, columns, table);
  }
  return table;
}

}  // namespace cofi::run
