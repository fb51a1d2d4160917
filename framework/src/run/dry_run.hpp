// `cofi run --dry-run`: what a run would do and need, without doing it.
#pragma once

#include <set>
#include <string>

#include "run/plan.hpp"

namespace cofi::run {

// Prints the resolved spec, its cells (done: those whose results the folder has) and what they take
// on stdout, in a world of so many ranks.
void print_dry_run(const Plan& plan, const Workshop& workshop, const std::set<const Cell*>& done,
                   int ranks);

}  // namespace cofi::run
