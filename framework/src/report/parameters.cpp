// Each metric against each swept key.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "report/chart_groups.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

constexpr double kPlotWidth = 330;  // about, of a plot without long labels

// What a model reaches at each value of the key: the best of the settings that have it.
struct ModelCurve {
  std::string model;
  std::size_t style = 0;
  std::vector<std::pair<std::string, const Entry*>> at;  // by value
  const Entry* constant = nullptr;                       // of a model that the key does not reach
};

std::vector<ModelCurve> model_curves(const RunFiles& run, const std::vector<const Entry*>& entries,
                                     const std::vector<std::string>& models,
                                     const std::string& path, const std::string& metric) {
  std::vector<ModelCurve> curves;
  for (std::size_t n = 0; n < models.size(); ++n) {
    ModelCurve curve;
    curve.model = models[n];
    curve.style = n;
    std::vector<std::string> values;
    std::vector<const Entry*> own;
    for (const Entry* entry : entries) {
      if (entry->model != models[n] || !entry->has(metric)) continue;
      own.push_back(entry);
      const std::string& value = entry->value(run, path);
      if (value.empty() || std::find(values.begin(), values.end(), value) != values.end()) continue;
      values.push_back(value);
    }
    for (const std::string& value : values) {
      std::vector<const Entry*> having;
      std::copy_if(own.begin(), own.end(), std::back_inserter(having),
                   [&](const Entry* entry) { return entry->value(run, path) == value; });
      curve.at.emplace_back(value, best_of(run, having, metric));
    }
    if (values.empty()) curve.constant = best_of(run, own, metric);
    if (!curve.at.empty() || curve.constant != nullptr) curves.push_back(std::move(curve));
  }
  return curves;
}

std::vector<std::string> values_of(const std::vector<ModelCurve>& curves) {
  std::vector<std::string> values;
  for (const ModelCurve& curve : curves) {
    for (const auto& each : curve.at) {
      if (std::find(values.begin(), values.end(), each.first) == values.end()) {
        values.push_back(each.first);
      }
    }
  }
  return values;
}

Series series_of(const ModelCurve& curve) {
  Series series;
  series.name = printable(curve.model);
  series.ink = curve_ink(curve.style);
  series.style = curve.style;
  return series;
}

Mark mark_of(const Entry& entry, const std::string& metric) {
  const Estimate estimate = entry.of(metric);
  return {0, estimate.mean, estimate.low, estimate.high,
          entry.label + ": " + estimate_text(estimate)};
}

// A key of numbers: curves over x.
Chart numeric_chart(const std::vector<ModelCurve>& curves, const std::string& metric,
                    const ParameterAxis& parameter, double limit) {
  Chart chart;
  chart.x = parameter.axis;
  std::vector<double> measured;
  for (const ModelCurve& curve : curves) {
    Series series = series_of(curve);
    series.line = true;
    if (curve.constant != nullptr) {
      series.points = false;
      for (const double end : {chart.x.low, chart.x.high}) {
        series.marks.push_back(mark_of(*curve.constant, metric));
        series.marks.back().x = end;
      }
    }
    for (const auto& [value, entry] : curve.at) {
      series.marks.push_back(mark_of(*entry, metric));
      series.marks.back().x = parameter.place(value);
      series.band = series.band || series.marks.back().low < series.marks.back().high;
    }
    std::sort(series.marks.begin(), series.marks.end(),
              [](const Mark& a, const Mark& b) { return a.x < b.x; });
    for (const Mark& mark : series.marks) measured.push_back(mark.y);
    chart.series.push_back(std::move(series));
  }
  // Intervals of few folds are wide: they may leave the picture, the curves fill it.
  const auto [least, greatest] = std::minmax_element(measured.begin(), measured.end());
  const double span = *greatest - *least;
  const double lowest = *least - span, highest = *greatest + span;
  const std::vector<double> means = measured;
  for (const Series& series : chart.series) {
    if (!series.band) continue;
    for (const Mark& mark : series.marks) {
      if (mark.low > 0 || means.front() <= 0) measured.push_back(std::max(mark.low, lowest));
      measured.push_back(std::min(mark.high, highest));
    }
  }
  if (std::isfinite(limit)) {
    measured.push_back(limit);
    Series series;
    series.name = "(best possible)";
    series.line = true;
    series.points = false;
    for (const double end : {chart.x.low, chart.x.high}) {
      series.marks.push_back({end, limit, limit, limit, ""});
    }
    chart.series.push_back(std::move(series));
  }
  chart.y = measure_axis(measured, 20);
  for (Series& series : chart.series) {
    for (Mark& mark : series.marks) {
      for (double* value : {&mark.y, &mark.low, &mark.high}) {
        *value = chart.y.log && *value <= 0 ? chart.y.low : chart.y.place(*value);
        *value = std::clamp(*value, chart.y.low, chart.y.high);
      }
    }
  }
  return chart;
}

// A key of names: points beside them.
Chart named_chart(const std::vector<ModelCurve>& curves, const std::string& metric,
                  const ParameterAxis& parameter, double limit) {
  Chart chart;
  chart.grid_x = true;
  chart.grid_y = false;
  std::vector<double> measured;
  std::size_t lanes = 0;
  for (const ModelCurve& curve : curves) lanes += curve.at.empty() ? 0 : 1;
  const auto count = static_cast<double>(parameter.values.size());
  double lane = 0;
  for (const ModelCurve& curve : curves) {
    Series series = series_of(curve);
    series.whiskers = series.across = true;
    series.line = curve.constant != nullptr;
    if (curve.constant != nullptr) {
      series.points = series.whiskers = false;
      const double mean = curve.constant->of(metric).mean;
      for (const double end : {-count + 0.4, 0.6})
        series.marks.push_back({mean, end, mean, mean, ""});
      measured.push_back(mean);
    }
    const double off = 0.7 * ((lane + 0.5) / static_cast<double>(lanes) - 0.5);
    for (const auto& [value, entry] : curve.at) {
      Mark mark = mark_of(*entry, metric);
      mark.x = mark.y;
      mark.y = -parameter.place(value) - off;
      measured.insert(measured.end(), {mark.x, mark.low, mark.high});
      series.marks.push_back(std::move(mark));
    }
    lane += curve.at.empty() ? 0 : 1;
    chart.series.push_back(std::move(series));
  }
  if (std::isfinite(limit)) {
    measured.push_back(limit);
    Series series;
    series.name = "(best possible)";
    series.line = true;
    series.points = false;
    for (const double end : {-count + 0.4, 0.6})
      series.marks.push_back({limit, end, limit, limit, ""});
    chart.series.push_back(std::move(series));
  }
  chart.x = measure_axis(measured, 20);
  for (Series& series : chart.series) {
    for (Mark& mark : series.marks) {
      for (double* value : {&mark.x, &mark.low, &mark.high}) {
        *value = chart.x.log && *value <= 0 ? chart.x.low : chart.x.place(*value);
      }
    }
  }
  chart.y.low = -count + 0.4;
  chart.y.high = 0.6;
  for (std::size_t n = 0; n < parameter.values.size(); ++n) {
    chart.y.ticks.push_back({-parameter.places[n], printable(parameter.values[n])});
  }
  chart.plot_height = count * std::max(34.0, 14 * static_cast<double>(lanes) + 10);
  return chart;
}

std::optional<Chart> parameter_chart(const RunFiles& run, const std::vector<ModelCurve>& curves,
                                     const std::string& path, const std::string& metric,
                                     const std::string& dataset) {
  const std::vector<std::string> values = values_of(curves);
  if (values.size() < 2) return std::nullopt;
  const ParameterAxis parameter = parameter_axis(values, kPlotWidth);
  const double limit = best_possible(run, metric, dataset);
  const std::string name = printable(short_name(run, path));
  Chart chart = parameter.numeric ? numeric_chart(curves, metric, parameter, limit)
                                  : named_chart(curves, metric, parameter, limit);
  if (parameter.numeric) {
    set_metric_title(run, metric, dataset, chart.y);
    chart.x.title = name;
  } else {
    set_metric_title(run, metric, dataset, chart.x);
    chart.y.title = name;
  }
  chart.name = chart_name({"by", name, dataset, metric});
  chart.alt = fmt::format("{} by {}, a {} for each model.", metric, name,
                          parameter.numeric ? "curve" : "row of points");
  if (!parameter.numeric) thin_ticks(chart);
  return chart;
}

}  // namespace

std::vector<ChartGroup> parameter_groups(const RunFiles& run, const std::vector<Entry>& entries) {
  std::vector<ChartGroup> groups;
  const std::vector<std::string> metrics = shown_metrics(run, entries), models = models_of(entries);
  const bool several = std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return !metrics.empty() && entry.has(metrics.front()) &&
           entry.values.at(metrics.front()).size() > 1;
  });
  for (const std::string& path : run.swept) {
    ChartGroup group;
    group.title = path;
    for (const std::string& dataset : datasets_of(entries)) {
      for (const std::string& metric : metrics) {
        const std::vector<ModelCurve> curves =
            model_curves(run, entries_on(entries, dataset), models, path, metric);
        auto chart = parameter_chart(run, curves, path, metric, dataset);
        if (chart) group.charts.push_back(std::move(*chart));
      }
    }
    if (run.swept.size() > 1) {
      group.note = "At each value the best of the settings that have it.";
    }
    if (several) {
      group.note += std::string(group.note.empty() ? "" : " ") +
                    "Bands and whiskers: the mean's 95% confidence interval over folds and repeats "
                    "(Student's t).";
    }
    if (!group.charts.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace cofi::report
