// What a fit costs, and what it is worth.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include "report/chart_groups.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

struct Point {
  const Entry* entry;
  std::size_t style;
  double cost, value;
  bool on_front = false;  // no other is both cheaper and better
  bool best_of_model = false;

  int rank() const { return on_front ? 0 : best_of_model ? 1 : 2; }  // of its label
};

constexpr std::size_t kMostLabels = 10;  // of all points

struct Cost {
  const char *column, *title, *text;
  double least;  // as small as the file can say
};
constexpr std::array<Cost, 2> kCosts = {{{"fit_seconds", "seconds a fit", "{:.3g} s", 0.001},
                                         {"peak_mb", "peak memory, MB", "{:.0f} MB", 0.1}}};

std::vector<Point> points_of(const RunFiles& run, const std::vector<Entry>& entries,
                             const std::string& dataset, const std::string& metric,
                             const Cost& cost) {
  std::vector<Point> points;
  const Sheet& results = *run.results;
  const auto column = results.find(cost.column);
  const std::vector<std::string> models = models_of(entries);
  if (!column) return points;
  std::map<std::vector<std::string>, const std::vector<std::string>*> rows;  // by setting
  for (const auto& row : results.rows) {
    rows.emplace(std::vector<std::string>(
                     row.begin(), row.begin() + static_cast<std::ptrdiff_t>(run.settings.size())),
                 &row);
  }
  for (const Entry& entry : entries) {
    if (entry.dataset != dataset || !entry.has(metric)) continue;
    const auto row = rows.find(entry.setting);
    const double found = row == rows.end() ? number_of("") : number_of((*row->second)[*column]);
    if (!std::isfinite(found)) continue;
    const auto model = std::find(models.begin(), models.end(), entry.model) - models.begin();
    points.push_back({&entry, static_cast<std::size_t>(model), std::max(found, cost.least),
                      entry.of(metric).mean});
  }
  const double sign = run.higher_is_better(metric) ? -1 : 1;
  for (Point& point : points) {
    point.on_front = std::none_of(points.begin(), points.end(), [&](const Point& other) {
      const double better = sign * (point.value - other.value);
      return other.cost <= point.cost && better >= 0 && (other.cost < point.cost || better > 0);
    });
    point.best_of_model = std::none_of(points.begin(), points.end(), [&](const Point& other) {
      return other.style == point.style && sign * (point.value - other.value) > 0;
    });
  }
  return points;
}

struct Rectangle {
  double left, right, top, bottom;
  bool touches(const Rectangle& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

// Where the line between the points of the front runs.
std::vector<Rectangle> front_places(const Chart& chart, const Frame& frame) {
  constexpr int kPieces = 40;
  std::vector<Rectangle> places;
  for (const Series& series : chart.series) {
    for (std::size_t n = 1; series.line && n < series.marks.size(); ++n) {
      const Mark &from = series.marks[n - 1], &to = series.marks[n];
      for (int piece = 0; piece <= kPieces; ++piece) {
        const double share = double(piece) / kPieces;
        const double x = frame.x_of(chart, from.x + (to.x - from.x) * share);
        const double y = frame.y_of(chart, from.y + (to.y - from.y) * share);
        places.push_back({x - 2, x + 2, y - 1, y + 1});
      }
    }
  }
  return places;
}

bool touches_any(const Rectangle& room, const std::vector<Rectangle>& taken) {
  return std::any_of(taken.begin(), taken.end(),
                     [&](const Rectangle& other) { return room.touches(other); });
}

// Beside the point, above or below it, where nothing is yet, nor what is to be avoided; false where
// there is no such place.
bool add_label(const Point& point, const std::string& label, const Frame& frame, Chart& chart,
               const std::vector<Rectangle>& avoided, std::vector<Rectangle>& taken) {
  const std::string text = printable(label);
  const double width = text_width(text, kTextSize);
  const double at_x = chart.x.place(point.cost), at_y = chart.y.place(point.value);
  const double x = frame.x_of(chart, at_x), y = frame.y_of(chart, at_y);
  for (const auto& [align, right, up] : {std::tuple{1, 8.0, 0.0},
                                         {-1, -8.0, 0.0},
                                         {0, 0.0, 14.0},
                                         {0, 0.0, -14.0},
                                         {1, 4.0, 14.0},
                                         {-1, -4.0, 14.0},
                                         {1, 4.0, -14.0},
                                         {-1, -4.0, -14.0}}) {
    const double left = x + right - (align > 0 ? 0 : align < 0 ? width : width / 2);
    const Rectangle room{left, left + width, y - up - 7, y - up + 7};
    const bool inside = room.left >= frame.left && room.right <= kChartWidth - 4 &&
                        room.top >= frame.top - 8 && room.bottom <= frame.bottom;
    if (!inside || touches_any(room, avoided) || touches_any(room, taken)) continue;
    taken.push_back(room);
    chart.notes.push_back({at_x, at_y, text, ink_rgb(kTextInk), align, right, up});
    return true;
  }
  return false;
}

// Labels for as many points as have room for them, those on the front first; where there are many
// points, for these and the best of each model.
std::size_t add_labels(const std::vector<Point>& points, Chart& chart) {
  const Frame frame = frame_of(chart);
  const std::vector<Rectangle> front = front_places(chart, frame);
  std::vector<Rectangle> taken;
  std::vector<const Point*> ordered;
  for (const Point& point : points) {
    const double x = frame.x_of(chart, chart.x.place(point.cost));
    const double y = frame.y_of(chart, chart.y.place(point.value));
    taken.push_back({x - 5, x + 5, y - 5, y + 5});
    ordered.push_back(&point);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Point* a, const Point* b) { return a->rank() < b->rank(); });
  if (ordered.size() > kMostLabels) {
    ordered.erase(std::remove_if(ordered.begin(), ordered.end(),
                                 [](const Point* point) { return point->rank() == 2; }),
                  ordered.end());
  }
  std::size_t labelled = 0;
  for (const Point* point : ordered) {
    const Entry& entry = *point->entry;
    const bool placed = add_label(*point, entry.label, frame, chart, front, taken) ||
                        add_label(*point, entry.setting_text, frame, chart, front, taken) ||
                        add_label(*point, entry.label, frame, chart, {}, taken) ||
                        add_label(*point, entry.setting_text, frame, chart, {}, taken);
    labelled += placed ? 1 : 0;
  }
  return labelled;
}

void add_front(const std::vector<Point>& points, Chart& chart) {
  Series front;
  front.line = true;
  front.points = false;
  front.name = "best for their cost";
  std::vector<const Point*> on_front;
  for (const Point& point : points) {
    if (point.on_front) on_front.push_back(&point);
  }
  std::stable_sort(on_front.begin(), on_front.end(),
                   [](const Point* a, const Point* b) { return a->cost < b->cost; });
  for (const Point* point : on_front) {
    const double y = chart.y.place(point->value);
    front.marks.push_back({chart.x.place(point->cost), y, y, y, ""});
  }
  if (front.marks.size() > 1) chart.series.push_back(std::move(front));
}

std::optional<Chart> cost_chart(const std::vector<Point>& points,
                                const std::vector<std::string>& models, const Cost& cost) {
  if (points.size() < 2) return std::nullopt;
  std::vector<double> costs, values;
  for (const Point& point : points) {
    costs.push_back(point.cost);
    values.push_back(point.value);
  }
  const auto [least, greatest] = std::minmax_element(costs.begin(), costs.end());
  if (*greatest < *least * 1.1) return std::nullopt;  // all alike
  Chart chart;
  chart.grid_x = true;
  chart.plot_height = 240;
  chart.x = measure_axis(costs, 8, 0.12);
  chart.x.title = cost.title;
  chart.y = measure_axis(values, 20, 0.14);
  for (std::size_t m = 0; m < models.size(); ++m) {
    Series series;
    series.name = printable(models[m]);
    series.ink = curve_ink(m);
    series.style = m;
    for (const Point& point : points) {
      if (point.style != m) continue;
      const double y = chart.y.place(point.value);
      series.marks.push_back({chart.x.place(point.cost), y, y, y,
                              fmt::format("{}: {:.4f}, {}", point.entry->label, point.value,
                                          fmt::format(fmt::runtime(cost.text), point.cost))});
    }
    if (!series.marks.empty()) chart.series.push_back(std::move(series));
  }
  add_front(points, chart);
  return chart;
}

}  // namespace

std::vector<ChartGroup> cost_groups(const RunFiles& run, const std::vector<Entry>& entries) {
  if (!run.results) return {};
  ChartGroup group;
  std::size_t labelled = 0, there = 0;
  const std::vector<std::string> models = models_of(entries);
  for (const Cost& cost : kCosts) {
    for (const std::string& dataset : datasets_of(entries)) {
      for (const std::string& metric : shown_metrics(run, entries)) {
        const std::vector<Point> points = points_of(run, entries, dataset, metric, cost);
        std::optional<Chart> chart = cost_chart(points, models, cost);
        if (!chart) continue;
        set_metric_title(run, metric, dataset, chart->y);
        chart->name = chart_name({"cost", cost.column, dataset, metric});
        chart->alt =
            fmt::format("{} against {}, a point for each row of the table.", metric, cost.title);
        thin_ticks(*chart);
        labelled += add_labels(points, *chart);
        there += points.size();
        group.charts.push_back(std::move(*chart));
      }
    }
  }
  if (group.charts.empty()) return {};
  group.note = "A point a row of the table, its mean over folds and repeats.";
  if (labelled < there) group.note += " Points without a label say theirs where the pointer rests.";
  return {std::move(group)};
}

}  // namespace cofi::report
