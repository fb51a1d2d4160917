// How a row of the spec ranks items.
#pragma once

#include <string>

#include "eval/evaluate.hpp"
#include "run/folds.hpp"
#include "run/plan.hpp"

namespace cofi::run {

// What evaluation of a part ("test", "train", "validation") may know of the fold. What a user has
// in training is no candidate when validation is evaluated, nor is validation when test is; of the
// train part itself nothing is left out.
eval::Trained trained_for(const PlannedRow& row, const Fold& fold, const std::string& part);

// The row's strata, of this fold's users and items.
std::vector<eval::Stratum> strata_of(const PlannedRow& row, const Fold& fold);

// Whether any of its metrics ranks items.
bool ranks_items(const PlannedRow& row);
// What the metrics of lists depend on besides model and data.
spec::Json ranking_key(const PlannedRow& row);

// "all", "test" or "sampled 100 by popularity".
std::string describe_candidates(const PlannedRow& row);

// An Error where the data cannot have what the row's metrics need: tags, relevant interactions.
void check_ranking(const PlannedRow& row, const Fold& fold, std::int64_t k);

}  // namespace cofi::run
