// What a run's folder holds, as far as its report shows it.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/sheet.hpp"

namespace cofi::report {

using Json = nlohmann::ordered_json;

struct COFI_API RunFiles {
  std::string folder;
  std::string spec;  // spec.yaml's text
  Json manifest;
  bool held = false;  // a run is working in the folder now
  // Those that there are: a run writes its tables when it ends.
  std::optional<Sheet> results, folds, history, strata, comparisons;

  // Which columns of folds.csv and results.csv are what; empty without folds.csv.
  std::vector<std::string> settings;  // "dataset", "model", what is swept, "candidates"
  std::vector<std::string> swept;     // paths: "models.svd.factors"
  std::vector<std::string> metrics;   // "rmse", "train_rmse", "validation_rmse"

  bool higher_is_better(const std::string& metric) const;
  // "done", "some cells failed", "interrupted", "running", or "ended before its time" of a run that
  // nobody is working on.
  std::string state() const;
};

// An Error where the folder is no run's, or where a file in it is damaged.
COFI_API RunFiles read_run(const std::string& folder);

}  // namespace cofi::report
