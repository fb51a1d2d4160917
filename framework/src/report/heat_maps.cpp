// Each metric over two swept keys.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "report/chart_groups.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

struct HeatMap {
  ParameterAxis x, y;
  std::map<std::pair<std::string, std::string>, double> means;  // by values of x and y
};

std::vector<std::string> tried_values(const RunFiles& run, const std::vector<const Entry*>& entries,
                                      const std::string& path) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (const Entry* entry : entries) {
    const std::string& value = entry->value(run, path);
    if (!value.empty() && seen.insert(value).second) values.push_back(value);
  }
  return values;
}

double widest_label(const std::vector<std::string>& values) {
  double width = 0;
  for (const std::string& value : values) width = std::max(width, text_width(value, kTextSize));
  return width;
}

// Evenly spaced, with a tick at each value.
void spread(ParameterAxis& parameter) {
  parameter.axis = {};
  for (std::size_t n = 0; n < parameter.values.size(); ++n) {
    parameter.places[n] = static_cast<double>(n);
    parameter.axis.ticks.push_back({parameter.places[n], printable(parameter.values[n])});
  }
  parameter.axis.low = -0.5;
  parameter.axis.high = static_cast<double>(parameter.values.size()) - 0.5;
}

std::optional<HeatMap> heat_map(const RunFiles& run, const std::vector<const Entry*>& entries,
                                const std::string& x, const std::string& y,
                                const std::string& metric) {
  const std::vector<std::string> xs = tried_values(run, entries, x),
                                 ys = tried_values(run, entries, y);
  if (xs.size() < 2 || ys.size() < 2) return std::nullopt;
  // Where a search draws each value once, the combinations are many more than what ran.
  if (2 * entries.size() < xs.size() * ys.size()) return std::nullopt;
  HeatMap map{parameter_axis(xs, 1), parameter_axis(ys, 1), {}};
  spread(map.x);
  spread(map.y);
  std::map<std::pair<std::string, std::string>, std::vector<const Entry*>> having;
  for (const Entry* entry : entries) {
    const std::string &at_x = entry->value(run, x), &at_y = entry->value(run, y);
    if (!at_x.empty() && !at_y.empty()) having[{at_x, at_y}].push_back(entry);
  }
  for (const auto& [values, alike] : having) {
    const Entry* best = best_of(run, alike, metric);
    if (best != nullptr) map.means[values] = best->of(metric).mean;
  }
  if (2 * map.means.size() < xs.size() * ys.size()) return std::nullopt;
  return map;
}

// As many digits as fit, or nothing.
std::string cell_text(double value, double width) {
  for (const int digits : {4, 3, 2}) {
    const std::string text = fmt::format("{:.{}f}", value, digits);
    if (text_width(text, kTextSize) + 4 <= width) return text;
  }
  return "";
}

Chart chart_of(const HeatMap& map, bool higher_is_better) {
  Chart chart;
  chart.grid_y = false;
  chart.x = map.x.axis;
  chart.y = map.y.axis;
  chart.plot_height = 30 * static_cast<double>(map.y.values.size());
  double least = map.means.begin()->second, greatest = least;
  for (const auto& each : map.means) {
    least = std::min(least, each.second);
    greatest = std::max(greatest, each.second);
  }
  const double best = higher_is_better ? greatest : least, worst = least + greatest - best;
  chart.ramp_low = fmt::format("worst {:.4f}", worst);
  chart.ramp_high = fmt::format("best {:.4f}", best);
  const Frame frame = frame_of(chart);
  const double width = (frame.right - frame.left) / static_cast<double>(map.x.values.size());
  Series outline;
  outline.ink = kTextInk;
  outline.line = true;
  outline.points = false;
  for (const auto& [values, mean] : map.means) {
    const double x = map.x.place(values.first), y = map.y.place(values.second);
    const double share = best == worst ? 1 : (mean - worst) / (best - worst);
    const unsigned rgb = cividis(share);
    chart.boxes.push_back({x - 0.48, x + 0.48, y - 0.46, y + 0.46, rgb});
    const std::string text = cell_text(mean, width);
    if (!text.empty()) {
      chart.notes.push_back({x, y, text, is_light(rgb) ? 0x101010U : 0xfafafaU});
    }
    if (mean != best || !outline.marks.empty()) continue;
    for (const auto& [right, up] : {std::pair{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}}) {
      const double to_y = y + 0.46 * up;
      outline.marks.push_back({x + 0.48 * right, to_y, to_y, to_y, ""});
    }
  }
  chart.series.push_back(std::move(outline));
  return chart;
}

}  // namespace

std::vector<ChartGroup> heat_map_groups(const RunFiles& run, const std::vector<Entry>& entries) {
  ChartGroup group;
  std::size_t left_out = 0;
  for (const std::string& metric : shown_metrics(run, entries)) {
    for (const std::string& dataset : datasets_of(entries)) {
      for (const std::string& model : models_of(entries)) {
        std::vector<const Entry*> own = entries_on(entries, dataset);
        own.erase(std::remove_if(own.begin(), own.end(),
                                 [&](const Entry* entry) { return entry->model != model; }),
                  own.end());
        for (std::size_t a = 0; a < run.swept.size(); ++a) {
          for (std::size_t b = a + 1; b < run.swept.size(); ++b) {
            std::string x = run.swept[a], y = run.swept[b];
            // Long labels have more room beside the map than below it.
            if (widest_label(tried_values(run, own, x)) >
                widest_label(tried_values(run, own, y)) + 30)
              std::swap(x, y);
            const auto map = heat_map(run, own, x, y, metric);
            if (!map) continue;
            if (group.charts.size() == kMostHeatMaps) {
              ++left_out;
              continue;
            }
            Chart chart = chart_of(*map, run.higher_is_better(metric));
            chart.x.title = printable(short_name(run, x));
            chart.y.title = printable(short_name(run, y));
            chart.y.aside =
                printable(metric + " of " + (dataset.empty() ? "" : dataset + ": ") + model);
            chart.name =
                chart_name({"map", dataset, model, short_name(run, x), short_name(run, y), metric});
            chart.alt = fmt::format("Heat map of {} of {} over {} and {}.", metric, model,
                                    chart.x.title, chart.y.title);
            group.charts.push_back(std::move(chart));
          }
        }
      }
    }
  }
  if (group.charts.empty()) return {};
  group.note = "The mean over folds and repeats; the best is framed.";
  if (run.swept.size() > 2)
    group.note += " In each field the best of the settings that have both values.";
  if (left_out > 0) {
    group.note += fmt::format(" The first {} of {} maps.", kMostHeatMaps, kMostHeatMaps + left_out);
  }
  return {std::move(group)};
}

}  // namespace cofi::report
