#include "report/chart.hpp"

#include <algorithm>
#include <cmath>

#include "report/text_size.hpp"

namespace cofi::report {
namespace {

constexpr double kMargin = 10;
constexpr double kLegendRow = 19;                 // pixels
constexpr double kMostLeft = 0.38 * kChartWidth;  // room for labels of y

double widest(const std::vector<std::string>& lines) {
  double width = 0;
  for (const std::string& line : lines) width = std::max(width, text_width(line, kTextSize));
  return width;
}

double left_margin(const Chart& chart) {
  double width = 0;
  for (const Tick& tick : chart.y.ticks) width = std::max(width, widest(y_label_lines(tick.label)));
  return kMargin + width + 8;
}

// Entries from left to right as long as they fit, long names in several lines.
double lay_out_legend(const Chart& chart, double top, std::vector<Frame::LegendLine>& legend) {
  const double most = kChartWidth - 2 * kMargin;
  double x = kMargin, y = top + kLegendRow / 2;
  bool any = false;
  for (std::size_t n = 0; n < chart.series.size(); ++n) {
    if (chart.series[n].name.empty()) continue;
    const double sample = sample_width(chart.series[n]) + 6;
    const auto lines = wrapped(chart.series[n].name, kTextSize, most - sample);
    const double width = sample + widest(lines);
    if (x > kMargin && (x + width > kMargin + most || lines.size() > 1)) {
      x = kMargin;
      y += kLegendRow;
    }
    any = true;
    for (std::size_t line = 0; line < lines.size(); ++line) {
      if (line > 0) y += kLineHeight;
      legend.push_back({n, x, y, lines[line], line == 0});
    }
    x += width + 16;
    if (lines.size() > 1) x = kMargin + most;
  }
  return any ? y + kLegendRow / 2 : top;
}

}  // namespace

double sample_width(const Series& series) { return series.line ? 30 : 12; }

std::vector<std::string> y_label_lines(const std::string& label) {
  return wrapped(label, kTextSize, kMostLeft);
}

double Frame::x_of(const Chart& chart, double place) const {
  return left + (right - left) * (place - chart.x.low) / (chart.x.high - chart.x.low);
}

double Frame::y_of(const Chart& chart, double place) const {
  return bottom - (bottom - top) * (place - chart.y.low) / (chart.y.high - chart.y.low);
}

Frame frame_of(const Chart& chart) {
  Frame frame;
  frame.left = left_margin(chart);
  frame.right = kChartWidth - 16;
  frame.top = chart.y.title.empty() ? 12 : 36;
  frame.bottom = frame.top + chart.plot_height;

  double before = -1e300, longest = 0;  // where the label before ends
  for (const Tick& tick : chart.x.ticks) {
    const double width = text_width(tick.label, kTextSize), at = frame.x_of(chart, tick.place);
    frame.turned = frame.turned || at - width / 2 < before + 4;
    before = at + width / 2;
    longest = std::max(longest, width);
  }
  frame.tick_labels = chart.x.ticks.empty() ? 0 : frame.turned ? longest + 4 : kLineHeight;

  double y = frame.bottom + 8 + frame.tick_labels;
  if (!chart.x.title.empty()) {
    const std::string aside = chart.x.aside.empty() ? "" : " (" + chart.x.aside + ")";
    frame.x_title = wrapped(chart.x.title + aside, kTextSize, kChartWidth - 2 * kMargin);
    y += 6 + kLineHeight * static_cast<double>(frame.x_title.size());
  }
  if (!chart.ramp_low.empty()) y += 32;
  y = lay_out_legend(chart, y + 6, frame.legend);
  frame.height = std::ceil(y + 6);
  return frame;
}

}  // namespace cofi::report
