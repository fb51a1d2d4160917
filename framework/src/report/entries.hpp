// The rows of a run's table with what their cells measured: what pictures are drawn from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/run_files.hpp"

namespace cofi::report {

// Of the cells of one setting, each a fold or repeat.
struct Estimate {
  double mean = 0;           // NaN of no values
  double deviation = 0;      // sample standard deviation; 0 of one value
  double low = 0, high = 0;  // the mean's 95% confidence interval by Student's t; the mean of one
};
COFI_API Estimate estimate_of(const std::vector<double>& values);

// "0.9154 ± 0.0088", or the mean alone.
COFI_API std::string estimate_text(const Estimate& estimate);

struct COFI_API Entry {
  std::vector<std::string> setting;  // as RunFiles::settings; empty where a key is none of its own
  std::string dataset, model;
  std::string label;         // "svd, factors 10"
  std::string setting_text;  // "factors 10"; the model where there is nothing to say
  std::size_t cells = 0;
  bool complete = true;                               // all cells are done
  std::map<std::string, std::vector<double>> values;  // by metric: of each cell

  // Whether all cells are done and have it: a mean over some of them would not compare.
  bool has(const std::string& metric) const;
  Estimate of(const std::string& metric) const;
  // What a swept key is for this row; "" where it is not swept for it.
  const std::string& value(const RunFiles& run, const std::string& path) const;
};

// In the order of the table.
COFI_API std::vector<Entry> entries_of(const RunFiles& run);

// The last part of a swept path ("factors"), or as much of it as tells it from the others that are
// swept. A model's own keys are told from those of the same model alone.
COFI_API std::string short_name(const RunFiles& run, const std::string& path);
// "ml-100k: svd, factors 10, lr 0.01"
COFI_API std::string label_of(const RunFiles& run, const std::vector<std::string>& setting);

// Metrics worth a picture: of test, or of validation where more rows have that (a selection's).
COFI_API std::vector<std::string> shown_metrics(const RunFiles& run,
                                                const std::vector<Entry>& entries);
// In order of appearance: of the entries' datasets ({""} of one) and models.
COFI_API std::vector<std::string> datasets_of(const std::vector<Entry>& entries);
COFI_API std::vector<std::string> models_of(const std::vector<Entry>& entries);

// The best by the metric's mean, or null of none with values.
COFI_API const Entry* best_of(const RunFiles& run, const std::vector<const Entry*>& entries,
                              const std::string& metric);
// At most so many: the best of each model first, then the best of the others; all of them in the
// order given where they are no more.
COFI_API std::vector<const Entry*> best_few(const RunFiles& run,
                                            const std::vector<const Entry*>& entries,
                                            const std::string& metric, std::size_t most);

}  // namespace cofi::report
