// The tables of a run, from its plan and its journal alone: a resumed run gives the same ones.
#pragma once

#include <vector>

#include "run/cell_result.hpp"
#include "run/plan.hpp"
#include "run/table.hpp"

namespace cofi::run {

// A row per dataset, model and setting: means over folds and repeats, sample standard deviations
// where there are several.
Table results_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per cell.
Table folds_table(const Plan& plan, const std::vector<CellResult>& cells);
// A row per epoch of each cell.
Table history_table(const Plan& plan, const std::vector<CellResult>& cells);

}  // namespace cofi::run
