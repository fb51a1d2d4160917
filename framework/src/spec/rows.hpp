// One setting of one dataset and model, checked: a row of the results.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spec/checker.hpp"
#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/rules.hpp"
#include "spec/sweep.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// What the rows of a spec make use of, over all of them.
struct Usage {
  bool known = true;                      // every model's plugins could be told
  bool optimizer = false, train = false;  // the shared ones
  std::int64_t most_epochs = 0;           // of those that train in epochs
  std::set<const Axis*> axes;             // the swept keys that reach some row
};

class RowMaker {
 public:
  RowMaker(const Node& root, const MetricFacts& metrics, Checker& checker, Problems& problems)
      : root_(root), metrics_(metrics), checker_(checker), problems_(problems) {}

  // The rows of a dataset (its key; empty where there is one without) and a model (its key).
  std::vector<Row> make(const std::string& dataset, const std::string& model, const Sweep& sweep);
  // The row of one setting; nothing where its values cannot be set, which has been reported.
  std::optional<Row> one(const std::string& dataset, const std::string& model,
                         const Setting& setting);

  const Usage& usage() const { return usage_; }

 private:
  // The row's parts of one variant of the spec, that is with the setting's values in place.
  struct Variant;

  Row make_row(const Node& root, const std::string& dataset, const std::string& model,
               const Setting& setting);
  void check_data(Variant& variant);
  CheckedPlugin check_model(Variant& variant);
  void check_optimizer(Variant& variant, const CheckedPlugin& model);
  void check_training(Variant& variant, const CheckedPlugin& model);
  void list_swept(Variant& variant, const CheckedPlugin& model, const Setting& setting);

  const Node& root_;
  const MetricFacts& metrics_;
  Checker& checker_;
  Problems& problems_;
  Usage usage_;
};

// A model's own optimizer or train laid over the shared one; nothing where there is neither.
std::optional<Node> overridden(const Node* shared, const Node* own);

}  // namespace cofi::spec
