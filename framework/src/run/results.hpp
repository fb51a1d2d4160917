// The tables of a run, from its plan and its journal alone: a resumed run gives the same ones.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/journal.hpp"
#include "run/plan.hpp"
#include "run/table.hpp"

namespace cofi::run {

// What the journal knows of a cell.
struct CellResult {
  const Cell* cell = nullptr;
  FitRecord fit;
  double evaluation_seconds = 0;
  std::map<std::string, MetricRecord> metrics;      // by column; of a finished fit
  std::vector<std::optional<MetricRecord>> strata;  // of the row's in_strata
};

// Whether it has all that is due.
bool is_complete(const Plan& plan, const CellResult& result);

std::vector<CellResult> collect(const Plan& plan, const Journal& journal);

// A row per dataset, model and setting: means over folds and repeats, sample standard deviations
// where there are several.
Table results_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per cell.
Table folds_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per stratum of each cell whose test part is evaluated; none without strata.
Table strata_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per epoch of each cell.
Table history_table(const Plan& plan, const std::vector<CellResult>& cells);

}  // namespace cofi::run
