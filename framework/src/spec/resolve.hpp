// The resolved spec: what a run keeps as spec.yaml.
#pragma once

#include "spec/catalogue.hpp"
#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/rows.hpp"
#include "spec/sweep.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// The composed spec with every default written out and the environment's values in place; its sweep
// and ${key.path} stay, so that it gives the same rows when it is read again. Mistakes in values
// that no row uses go to problems.
Json resolved_spec(const Node& root, const Usage& usage, const MetricFacts& metrics,
                   const Sweep& sweep, const Catalogue& catalogue, Problems& problems);

}  // namespace cofi::spec
