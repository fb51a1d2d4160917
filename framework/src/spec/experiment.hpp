// A spec, read, composed, checked and expanded: what the runner runs. Everything is resolved:
// plugins are JSON objects {"use": name, <every parameter of its table>}, nested ones likewise, and
// the blocks train, evaluate, launch have every key that the grammar has.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

#include "spec/catalogue.hpp"

namespace cofi::spec {

using Json = nlohmann::ordered_json;

// One row of the results: a dataset, a model and one setting of the swept keys that reach it.
struct Row {
  std::string dataset;  // its key; empty where the spec has a single one
  std::string model;    // its key
  using Swept = std::vector<std::pair<std::string, std::string>>;
  Swept swept;  // (path, value as shown), in sweep order
  std::int64_t seed = 0;
  // As they stand after sweep and interpolation. dataset_spec, split, model_spec and optimizer are
  // plugins; validation (which a spec writes inside `split`) is a splitter or null; optimizer is
  // null where the model uses none; train is null where the model does not train in epochs.
  Json dataset_spec, filters, split, validation, model_spec, optimizer, train, evaluate, metrics;
  // How many of the metrics the fit may depend on; further ones were added to a finished run.
  std::size_t own_metrics = std::numeric_limits<std::size_t>::max();
  std::string place;  // of the model: "spec.yaml:7:3 (models.svd)", for errors of the cell
};

// How a sweep's block halving or tpe searches.
struct SearchOptions {
  std::string kind;  // "halving" or "tpe"
  std::int64_t trials = 0;
  std::int64_t eta = 3;       // halving: of so many settings one goes on
  std::int64_t startup = 10;  // tpe: trials at random before it models the outcomes
  std::uint64_t seed = 0;
};

// The search for the best setting of a model (on a dataset, at one setting of what else is swept).
struct Search {
  SearchOptions options;
  std::vector<std::string> keys;     // the searched ones
  std::vector<std::size_t> choices;  // of each: how many values it has; 0: a range
  std::int64_t most = 0;             // halving: the resource in full
  // The row at a number of [0, 1) for each key and, with halving, so much of the resource. An Error
  // where the spec forbids it.
  std::function<Row(const std::vector<double>& numbers, std::int64_t resource)> row;
};

// By what metric of the validation part settings are chosen.
struct Selection {
  std::string metric;     // its column
  bool per_fold = false;  // each fold chooses its own; else one is chosen by the mean over folds
};

struct Experiment {
  std::string name;
  std::string file;    // the spec's path
  std::string folder;  // its folder, absolute: where relative paths are looked for first
  std::int64_t repeat = 1, threads = 0, jobs = 1;  // threads 0: all cores
  std::int64_t ranks = 0;  // of the world that fitted what is there; 0: the one at hand
  std::string device, save;
  Json launch;
  std::vector<std::string> swept;  // the swept paths of all rows, in order: the tables' columns
  std::vector<Row> rows;
  std::vector<Search> searches;  // what yields further rows, as their outcomes come in
  std::optional<Selection> select;
  Json resolved;  // the whole spec before the sweep, for spec.yaml
};

// Reads and checks a spec with its --set overrides ("a.b.c=value"). Throws one Error whose lines
// are all the mistakes, each "file:line:column: what, what is allowed, did you mean". Reads no
// data.
COFI_API Experiment load_experiment(const std::string& file,
                                    const std::vector<std::string>& overrides,
                                    const Catalogue& catalogue);

// A plugin's parameters from a YAML map ("{factors: 3}"), complete, as in Row: for tests,
// check-plugin --set and describe. `place` leads the errors.
COFI_API Json check_parameters(const cofi_plugin& plugin, const std::string& yaml,
                               const std::string& place, const Catalogue& catalogue);

// A metric's column: its name, its non-default parameters ("ndcg[gain=linear]@10"; `at` shows as
// @).
std::string metric_column(const Json& metric, const cofi_plugin& plugin);

// The resolved spec as YAML text (spec.yaml), readable by load_experiment.
COFI_API std::string to_yaml(const Json& resolved);

// The JSON Schema of whole specs, from the grammar and every plugin's parameter rows.
COFI_API Json schema(const Catalogue& catalogue);

}  // namespace cofi::spec
