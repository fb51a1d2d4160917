// Which settings a spec's `select` chooses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/journal.hpp"
#include "run/plan.hpp"

namespace cofi::run {

// A cell's validation metric that decides, lower being better; nothing where it has none (yet).
std::optional<double> selection_loss(const Plan& plan, const Cell& cell, const Journal& journal);
// Its mean over the row's cells; nothing where one has none.
std::optional<double> selection_loss(const Plan& plan, std::size_t row, const Journal& journal);

// Rows that compete: those of the same dataset, model and split.
std::map<std::string, std::vector<std::size_t>> competing_rows(const Plan& plan);

// Marks the cells of the best row of those that compete, or of each fold's best. Of equal ones the
// first wins; a row with a cell that failed cannot.
void mark_selected(Plan& plan, const Journal& journal);

}  // namespace cofi::run
