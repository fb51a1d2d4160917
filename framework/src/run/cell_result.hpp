// What the journal knows of the cells of a plan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "run/journal.hpp"
#include "run/plan.hpp"

namespace cofi::run {

struct CellResult {
  const Cell* cell = nullptr;
  FitRecord fit;
  double evaluation_seconds = 0;
  std::map<std::string, MetricRecord> metrics;  // by column; of a finished fit
};

std::vector<CellResult> collect(const Plan& plan, const Journal& journal);

// "done", "done; why a metric is empty", "failed: why", "interrupted", "not run", ...
std::string status_of(const Plan& plan, const CellResult& cell);
// Of a row's cells: the gravest, and how many are not done.
std::string status_of(const Plan& plan, const std::vector<const CellResult*>& cells);
bool all_done(const Plan& plan, const std::vector<const CellResult*>& cells);

}  // namespace cofi::run
