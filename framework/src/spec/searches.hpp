// Which searches a spec's sweep asks for.
#pragma once

#include <string>
#include <vector>

#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/rows.hpp"
#include "spec/sweep.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// Adds the searches of a dataset and a model (their keys), one for each setting of the other
// blocks; a setting whose model the searched keys do not reach is a row. `maker`, `sweep` and
// `problems` must outlive the searches. Every end of a range and every choice is tried, and what is
// wrong goes to problems.
void add_searches(const std::string& dataset, const std::string& model, const Sweep& sweep,
                  const Node& root, RowMaker& maker, Problems& problems, std::vector<Row>& rows,
                  std::vector<Search>& searches);

}  // namespace cofi::spec
