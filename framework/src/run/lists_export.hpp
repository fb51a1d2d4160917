// The lists of a run's cells as files that other programs, and model/lists, read.
#pragma once

#include <string>

#include "cofi/model.hpp"

#include "run/folder.hpp"
#include "run/plan.hpp"

namespace cofi::run {

// An Error where the row's lists cannot be written: no metric asks for any, or an id has what the
// format cannot hold.
void check_export(const PlannedRow& row);

// Where the cell's lists are, in the run's folder; empty where it is to have none.
std::string lists_file(const Plan& plan, const Cell& cell);

// Writes them, as long as the longest list that a metric asks for; the ranks share the users.
void write_lists(const Plan& plan, const Cell& cell, const Fold& fold, Model& model,
                 const Folder& folder, const Workshop& workshop);

}  // namespace cofi::run
