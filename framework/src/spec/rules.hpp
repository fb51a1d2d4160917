// Rules across keys: combinations that make no sense together.
#pragma once

#include <string>
#include <vector>

#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// What the metrics of a spec allow its other keys to say.
struct MetricFacts {
  bool known = true;                 // false where one could not be told
  std::vector<std::string> columns;  // their names
  bool ranking = false;              // one of them ranks items
};

// Of one row: early stopping and what is evaluated must fit its split and the metrics. train and
// evaluate are the row's blocks as written, or null.
void check_row_rules(const Row& row, const Node* train, const std::string& train_path,
                     const Node* evaluate, const MetricFacts& metrics, Problems& problems);

// Of the list of filters, resolved and as written: ranges have an end and are not empty, a k-core
// asks for more than there is anyway, a sample has one size.
void check_filters(const Json& filters, const Node& list, Problems& problems);

// Of the whole spec: evaluate.epochs must be reached by a model that trains in epochs. most_epochs
// is 0 where none does.
void check_epochs(const Node* evaluate, std::int64_t most_epochs, Problems& problems);

}  // namespace cofi::spec
