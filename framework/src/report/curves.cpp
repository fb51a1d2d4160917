// Learning curves.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/chart_groups.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

// A column of history.csv for one setting: by epoch, the value of each cell.
using ByEpoch = std::map<double, std::vector<double>>;

ByEpoch by_epoch(const RunFiles& run, const std::vector<std::string>& setting, std::size_t column) {
  const Sheet& history = *run.history;
  const std::size_t epoch = history.at("epoch"), fold = history.at("fold"),
                    repeat = history.at("repeat");
  ByEpoch values;
  std::set<std::pair<std::string, std::string>> cells;
  for (const auto& row : history.rows) {
    if (!std::equal(setting.begin(), setting.end(), row.begin())) continue;
    const double value = number_of(row[column]);
    if (!std::isfinite(value)) continue;
    cells.emplace(row[fold], row[repeat]);
    values[number_of(row[epoch])].push_back(value);
  }
  for (auto each = values.begin(); each != values.end();) {
    each = each->second.size() < cells.size() ? values.erase(each) : std::next(each);
  }
  return values;
}

Series curve_of(const Entry& entry, const ByEpoch& values, std::size_t style) {
  Series series;
  series.name = printable(entry.label);
  series.ink = curve_ink(style);
  series.style = style;
  series.line = true;
  for (const auto& [epoch, cells] : values) {
    const Estimate estimate = estimate_of(cells);
    series.band = series.band || estimate.deviation > 0;
    series.marks.push_back(
        {epoch, estimate.mean, estimate.mean - estimate.deviation,
         estimate.mean + estimate.deviation,
         fmt::format("{}, epoch {:.0f}: {}", entry.label, epoch, estimate_text(estimate))});
  }
  series.every = std::max<std::size_t>(1, (series.marks.size() + 7) / 8);
  return series;
}

// Values to places, once the axis is known; what a logarithm has no place for goes to the bottom.
void place_marks(Chart& chart) {
  for (Series& series : chart.series) {
    for (Mark& mark : series.marks) {
      for (double* value : {&mark.y, &mark.low, &mark.high}) {
        *value = chart.y.log && *value <= 0 ? chart.y.low : chart.y.place(*value);
        *value = std::max(*value, chart.y.low);
      }
    }
  }
}

Chart curve_chart(const RunFiles& run, const std::vector<const Entry*>& chosen,
                  const std::vector<std::size_t>& styles, const std::string& column) {
  Chart chart;
  std::vector<double> values, epochs;
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    const ByEpoch found = by_epoch(run, chosen[n]->setting, run.history->at(column));
    if (found.empty()) continue;
    chart.series.push_back(curve_of(*chosen[n], found, styles[n]));
    for (const Mark& mark : chart.series.back().marks) {
      epochs.push_back(mark.x);
      values.insert(values.end(), {mark.y, mark.high});
      if (mark.low > 0 || mark.y <= 0) values.push_back(mark.low);
    }
  }
  if (epochs.empty()) return chart;
  chart.x = measure_axis(epochs, std::numeric_limits<double>::infinity());
  chart.x.title = "epoch";
  // Between epochs there is nothing.
  auto& ticks = chart.x.ticks;
  ticks.erase(std::remove_if(ticks.begin(), ticks.end(),
                             [](const Tick& tick) { return tick.place != std::floor(tick.place); }),
              ticks.end());
  chart.y = measure_axis(values, 10);
  place_marks(chart);
  return chart;
}

std::string note_of(std::size_t shown, std::size_t there, const std::string& metric, bool band) {
  std::string note = band
                         ? "The mean over folds and repeats, with a band of one standard deviation."
                         : "One curve a setting.";
  if (shown < there) {
    note += fmt::format(
        " {} of {} settings: the best of each model, then the best of the others, "
        "by {}.",
        shown, there, metric);
  }
  return note;
}

}  // namespace

std::vector<ChartGroup> curve_groups(const RunFiles& run, const std::vector<Entry>& entries) {
  std::vector<ChartGroup> groups;
  if (!run.history || run.history->rows.empty()) return groups;
  const Sheet& history = *run.history;
  const std::vector<std::string> metrics = shown_metrics(run, entries);
  const std::string metric = metrics.empty() ? "" : metrics.front();
  const std::vector<std::string> datasets = datasets_of(entries), models = models_of(entries);
  std::set<std::vector<std::string>> with_history;
  for (const auto& row : history.rows) {
    with_history.emplace(row.begin(),
                         row.begin() + static_cast<std::ptrdiff_t>(run.settings.size()));
  }
  for (const std::string& dataset : datasets) {
    std::vector<const Entry*> there = entries_on(entries, dataset);
    there.erase(
        std::remove_if(there.begin(), there.end(),
                       [&](const Entry* entry) { return with_history.count(entry->setting) == 0; }),
        there.end());
    if (there.empty()) continue;
    const std::vector<const Entry*> chosen = best_few(run, there, metric, kMostCurves);
    const std::vector<std::size_t> styles = styles_of(chosen, models);
    ChartGroup group;
    group.title = dataset;
    bool band = false;
    std::vector<std::string> columns = {"loss"};
    columns.insert(columns.end(), run.metrics.begin(), run.metrics.end());
    for (const std::string& column : columns) {
      const bool measured = column != "loss";
      if (!history.find(column)) continue;
      Chart chart = curve_chart(run, chosen, styles, column);
      if (chart.series.empty()) continue;
      if (measured) {
        set_metric_title(run, column, dataset, chart.y);
      } else {
        chart.y.title = printable("loss" + (dataset.empty() ? "" : ", " + dataset));
        chart.y.aside = "of training";
      }
      if (chart.y.log) chart.y.aside += ", logarithmic";
      chart.name = chart_name({"curve", dataset, column});
      chart.alt = "Line chart of " + chart.y.title + " by epoch.";
      for (const Series& series : chart.series) band = band || series.band;
      group.charts.push_back(std::move(chart));
    }
    group.note = note_of(chosen.size(), there.size(), metric, band);
    if (!group.charts.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace cofi::report
