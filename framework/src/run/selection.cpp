#include "run/selection.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cofi::run {
namespace {

const Measure* deciding_measure(const Plan& plan, const PlannedRow& row) {
  for (const Measure& measure : row.measures) {
    if (measure.part == "validation" &&
        row.metrics[measure.metric].column == plan.experiment.select->metric) {
      return &measure;
    }
  }
  return nullptr;
}

// Of Plan::cells, which are in the order of rows.
template <class Cells>
auto cells_of(Cells& cells, std::size_t row) {
  const auto first = std::partition_point(cells.begin(), cells.end(),
                                          [&](const Cell& cell) { return cell.row < row; });
  const auto last =
      std::find_if(first, cells.end(), [&](const Cell& cell) { return cell.row != row; });
  return std::pair(first, last);
}

// Of a row's cells, all or those of one fold.
std::optional<double> mean_loss(const Plan& plan, std::size_t row, std::optional<std::int64_t> fold,
                                const Journal& journal) {
  double sum = 0;
  std::int64_t count = 0;
  const auto [first, last] = cells_of(plan.cells, row);
  for (auto cell = first; cell != last; ++cell) {
    if (fold && cell->fold != *fold) continue;
    const std::optional<double> loss = selection_loss(plan, *cell, journal);
    if (!loss) return std::nullopt;
    sum += *loss;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

std::optional<std::size_t> best_row(const Plan& plan, const std::vector<std::size_t>& rows,
                                    std::optional<std::int64_t> fold, const Journal& journal) {
  std::optional<std::size_t> best;
  double best_loss = 0;
  for (const std::size_t row : rows) {
    const std::optional<double> loss = mean_loss(plan, row, fold, journal);
    if (!loss || (best && *loss >= best_loss)) continue;
    best = row;
    best_loss = *loss;
  }
  return best;
}

}  // namespace

std::optional<double> selection_loss(const Plan& plan, const Cell& cell, const Journal& journal) {
  const PlannedRow& row = plan.rows[cell.row];
  const Measure* measure = deciding_measure(plan, row);
  if (measure == nullptr || journal.status(cell.fit) != FitRecord::Status::kDone) {
    return std::nullopt;
  }
  const auto value = journal.metric(cell.fit, measure->key);
  if (!value || !std::isfinite(value->value)) return std::nullopt;
  return row.metrics[measure->metric].metric->higher_is_better() ? -value->value : value->value;
}

std::optional<double> selection_loss(const Plan& plan, std::size_t row, const Journal& journal) {
  return mean_loss(plan, row, std::nullopt, journal);
}

std::map<std::string, std::vector<std::size_t>> competing_rows(const Plan& plan) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t n = 0; n < plan.rows.size(); ++n) {
    const PlannedRow& row = plan.rows[n];
    const std::string key =
        row.row->dataset + " " + row.row->model + " " + row.source->digest + Folds::key(*row.row);
    groups[key].push_back(n);
  }
  return groups;
}

void mark_selected(Plan& plan, const Journal& journal) {
  for (const auto& [key, rows] : competing_rows(plan)) {
    const std::int64_t folds = plan.experiment.select->per_fold ? plan.rows[rows[0]].folds : 1;
    for (std::int64_t fold = 0; fold < folds; ++fold) {
      const auto only =
          plan.experiment.select->per_fold ? std::optional<std::int64_t>(fold) : std::nullopt;
      const auto best = best_row(plan, rows, only, journal);
      if (!best) continue;
      const auto [first, last] = cells_of(plan.cells, *best);
      for (auto cell = first; cell != last; ++cell) {
        if (!only || cell->fold == fold) cell->selected = true;
      }
    }
  }
}

}  // namespace cofi::run
