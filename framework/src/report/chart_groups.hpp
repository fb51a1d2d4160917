// Which pictures a run has. Each function leaves out what there are no data of.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/chart.hpp"
#include "report/entries.hpp"
#include "report/run_files.hpp"

namespace cofi::report {

struct ChartGroup {
  std::string title;
  std::string note;  // what the pictures show
  std::vector<Chart> charts;
};

constexpr std::size_t kMostCurves = 6;
constexpr std::size_t kMostHeatMaps = 12;

// Loss and metrics by epoch: a curve a setting, the mean over folds and repeats with a band of one
// standard deviation. Ends at the last epoch that all of a setting's cells reached.
COFI_API std::vector<ChartGroup> curve_groups(const RunFiles& run,
                                              const std::vector<Entry>& entries);
// Each metric against each swept key: a curve a model with the means' 95% confidence intervals, at
// each value the best of the settings that have it. Models that the key does not reach are lines.
COFI_API std::vector<ChartGroup> parameter_groups(const RunFiles& run,
                                                  const std::vector<Entry>& entries);
// Each metric over two swept keys of a model, where at least half of their combinations ran.
COFI_API std::vector<ChartGroup> heat_map_groups(const RunFiles& run,
                                                 const std::vector<Entry>& entries);
// strata.csv: bars for each stratum of a family.
COFI_API std::vector<ChartGroup> strata_groups(const RunFiles& run,
                                               const std::vector<Entry>& entries);
// Seconds and memory of a fit against each metric, a point a row.
COFI_API std::vector<ChartGroup> cost_groups(const RunFiles& run,
                                             const std::vector<Entry>& entries);

// Pieces that several of them need.

// An axis title for a metric: what it is of, and which way is better.
void set_metric_title(const RunFiles& run, const std::string& metric, const std::string& dataset,
                      Axis& axis);
// Which curve's look each entry gets: its model's where all models differ, so that it is the same
// in all pictures; else one in order.
std::vector<std::size_t> styles_of(const std::vector<const Entry*>& chosen,
                                   const std::vector<std::string>& models);
// What the theory allows at best for the metric on the dataset, NaN where that is unknown.
double best_possible(const RunFiles& run, const std::string& metric, const std::string& dataset);
// Pointers to those of a dataset.
std::vector<const Entry*> entries_on(const std::vector<Entry>& entries, const std::string& dataset);
// Leaves out ticks of x whose labels would touch.
void thin_ticks(Chart& chart);
// A file's name without its ending, of those parts that are not empty: "map-svd-factors-lr-rmse".
std::string chart_name(const std::vector<std::string>& parts);

}  // namespace cofi::report
