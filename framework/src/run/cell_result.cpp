#include "run/cell_result.hpp"

#include <algorithm>

#include "run/text.hpp"

namespace cofi::run {
namespace {

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

std::string status_of(const Plan& plan, const CellResult& cell) {
  return status_of(cell, cell.metrics.size() == plan.rows[cell.cell->row].measures.size());
}

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

}  // namespace cofi::run
