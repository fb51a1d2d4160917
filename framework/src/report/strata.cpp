// Metrics of groups of users or items.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart_groups.hpp"
#include "report/text_size.hpp"
#include "run/text.hpp"

namespace cofi::report {
namespace {

// strata.csv: setting columns, strata, stratum, fold, repeat, counts, metrics.
struct StrataColumns {
  std::size_t family, stratum;
  std::vector<std::size_t> counts, metrics;
};

StrataColumns strata_columns(const Sheet& strata) {
  StrataColumns columns{strata.at("strata"), strata.at("stratum"), {}, {}};
  strata.at("fold");
  std::size_t first = std::max(strata.at("stratum"), strata.at("repeat")) + 1;
  for (const char* count : {"users", "rows"}) {
    const auto found = strata.find(count);
    if (!found) continue;
    columns.counts.push_back(*found);
    first = std::max(first, *found + 1);
  }
  for (std::size_t c = first; c < strata.columns.size(); ++c) columns.metrics.push_back(c);
  return columns;
}

std::vector<std::string> distinct_in(const Sheet& sheet, std::size_t column, std::size_t where,
                                     const std::string& is) {
  std::vector<std::string> all;
  for (const auto& row : sheet.rows) {
    if (row[where] != is && !is.empty()) continue;
    if (std::find(all.begin(), all.end(), row[column]) == all.end()) all.push_back(row[column]);
  }
  return all;
}

// The values of a column in the rows of one setting (of all, where null) and stratum.
std::vector<double> values_in(const Sheet& strata, const StrataColumns& columns, const Entry* entry,
                              const std::string& family, const std::string& stratum,
                              std::size_t column) {
  std::vector<double> values;
  for (const auto& row : strata.rows) {
    if (row[columns.family] != family || row[columns.stratum] != stratum) continue;
    if (entry != nullptr &&
        !std::equal(entry->setting.begin(), entry->setting.end(), row.begin())) {
      continue;
    }
    const double value = number_of(row[column]);
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

// The settings that strata were measured of: all, or what was selected.
std::vector<const Entry*> measured_ones(const Sheet& strata,
                                        const std::vector<const Entry*>& entries) {
  std::vector<const Entry*> measured;
  for (const Entry* entry : entries) {
    const bool found = std::any_of(strata.rows.begin(), strata.rows.end(), [&](const auto& row) {
      return std::equal(entry->setting.begin(), entry->setting.end(), row.begin());
    });
    if (found) measured.push_back(entry);
  }
  return measured;
}

// "low (312 users)": the mean over folds of the first count.
std::string stratum_label(const Sheet& strata, const StrataColumns& columns, const Entry& entry,
                          const std::string& family, const std::string& stratum) {
  if (columns.counts.empty()) return stratum;
  const std::size_t column = columns.counts.front();
  const std::vector<double> counts = values_in(strata, columns, &entry, family, stratum, column);
  if (counts.empty()) return stratum;
  return fmt::format("{} ({} {})", stratum, run::grouped(std::llround(estimate_of(counts).mean)),
                     strata.columns[column]);
}

Chart strata_chart(const Sheet& strata, const StrataColumns& columns,
                   const std::vector<const Entry*>& chosen, const std::vector<std::size_t>& styles,
                   const std::string& family, std::size_t metric) {
  Chart chart;
  chart.grid_x = true;
  chart.grid_y = false;
  chart.box_opacity = 0.45;
  const std::vector<std::string> names =
      distinct_in(strata, columns.stratum, columns.family, family);
  const double lanes = static_cast<double>(chosen.size());
  std::vector<double> measured;
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    Series series;
    series.name = printable(chosen[n]->label);
    series.ink = curve_ink(styles[n]);
    series.style = styles[n];
    series.whiskers = series.across = true;
    for (std::size_t s = 0; s < names.size(); ++s) {
      const std::vector<double> values =
          values_in(strata, columns, chosen[n], family, names[s], metric);
      if (values.empty()) continue;
      const Estimate estimate = estimate_of(values);
      const double y = -double(s) - 0.8 * ((double(n) + 0.5) / lanes - 0.5);
      const double low = estimate.mean - estimate.deviation,
                   high = estimate.mean + estimate.deviation;
      series.marks.push_back(
          {estimate.mean, y, low, high,
           fmt::format("{}, {}: {}", chosen[n]->label, names[s], estimate_text(estimate))});
      chart.boxes.push_back(
          {0, estimate.mean, y - 0.35 / lanes, y + 0.35 / lanes, ink_rgb(series.ink)});
      measured.insert(measured.end(), {estimate.mean, low, high});
    }
    if (!series.marks.empty()) chart.series.push_back(std::move(series));
  }
  if (measured.empty()) return chart;
  chart.x = bar_axis(measured);
  const auto count = static_cast<double>(names.size());
  chart.y.low = -count + 0.5;
  chart.y.high = 0.5;
  for (std::size_t s = 0; s < names.size(); ++s) {
    chart.y.ticks.push_back(
        {-double(s), printable(stratum_label(strata, columns, *chosen.front(), family, names[s]))});
  }
  chart.plot_height = count * std::max(38.0, 15 * lanes + 12);
  return chart;
}

}  // namespace

std::vector<ChartGroup> strata_groups(const RunFiles& run, const std::vector<Entry>& entries) {
  std::vector<ChartGroup> groups;
  if (!run.strata || run.strata->rows.empty() || entries.empty()) return groups;
  const Sheet& strata = *run.strata;
  const StrataColumns columns = strata_columns(strata);
  const std::vector<std::string> metrics = shown_metrics(run, entries), models = models_of(entries);
  const std::string first = metrics.empty() ? "" : metrics.front();
  for (const std::string& family : distinct_in(strata, columns.family, 0, "")) {
    ChartGroup group;
    group.title = family;
    group.note = "Bars: the mean over folds and repeats; whiskers: one standard deviation.";
    for (const std::string& dataset : datasets_of(entries)) {
      const std::vector<const Entry*> there = measured_ones(strata, entries_on(entries, dataset));
      const std::vector<const Entry*> chosen = best_few(run, there, first, kMostCurves);
      if (chosen.size() < there.size()) {
        group.note = fmt::format(
            "{} The best of each model, then the best of the others, by {}: {} of {} settings.",
            group.note, first, chosen.size(), there.size());
      }
      if (chosen.empty()) continue;
      const std::vector<std::size_t> styles = styles_of(chosen, models);
      for (const std::size_t metric : columns.metrics) {
        Chart chart = strata_chart(strata, columns, chosen, styles, family, metric);
        if (chart.series.empty()) continue;
        set_metric_title(run, strata.columns[metric], dataset, chart.x);
        chart.y.title = printable(family);
        std::replace(chart.y.title.begin(), chart.y.title.end(), '_', ' ');
        chart.name = chart_name({"strata", family, dataset, strata.columns[metric]});
        chart.alt =
            fmt::format("Bars of {} for each stratum of {}.", strata.columns[metric], family);
        thin_ticks(chart);
        group.charts.push_back(std::move(chart));
      }
    }
    if (!group.charts.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace cofi::report
