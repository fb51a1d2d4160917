// The tables of a run, from its plan and its journal alone: a resumed run gives the same ones.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/plan.hpp"
#include "run/table.hpp"

namespace cofi::run {

// What the journal knows of a cell.
struct CellResult {
  const Cell* cell = nullptr;
  FitRecord fit;
  bool complete = false;  // it has all that is due
  double evaluation_seconds = 0;
  std::map<std::string, MetricRecord> metrics;      // by column; of a finished fit
  std::vector<std::optional<MetricRecord>> strata;  // of the row's in_strata
};

// The measures that are due and that the journal lacks; all that are due where the fit is not done.
std::vector<Measure> missing(const Plan& plan, const Cell& cell, const Journal& journal);

std::vector<CellResult> collect(const Plan& plan, const Journal& journal);

// A row per dataset, model and setting: means over folds and repeats, sample standard deviations
// where there are several.
Table results_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per cell.
Table folds_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per stratum of each cell whose test part is evaluated; none without strata.
Table strata_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per cell and metric that is a mean over users: the cell's row of the folds' table, from 1,
// and the folder's file of each user's value.
Table per_user_table(const Plan& plan, const std::vector<CellResult>& cells, const Folder& folder);
// A row per epoch of each cell.
Table history_table(const Plan& plan, const std::vector<CellResult>& cells);

}  // namespace cofi::run
