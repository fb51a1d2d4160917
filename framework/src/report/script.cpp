#include "report/script.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "report/text_size.hpp"

namespace cofi::report {
namespace {

// By style: circle, square, triangle, diamond, the triangle upside down, a pentagon, and the first
// two hollow; lines whole and broken in seven ways.
constexpr std::array<int, kCurveInks> kPoints = {7, 5, 9, 13, 11, 15, 6, 4};
constexpr std::array<double, kCurveInks> kPointSizes = {0.55, 0.5, 0.65, 0.65,
                                                        0.65, 0.6, 0.6,  0.55};
constexpr std::array<const char*, kCurveInks> kDashes = {
    "solid", "(9,4)", "(2,3)", "(9,3,2,3)", "(5,3)", "(14,4)", "(9,3,2,3,2,3)", "(3,6)"};

std::string colour(unsigned rgb) { return fmt::format("rgb '#{:06x}'", rgb); }
std::string colour(Ink ink) { return colour(ink_rgb(ink)); }

std::string dashes(const Series& series) {
  const char* dash = series.ink == kMutedInk ? "(3,3)" : kDashes.at(series.style % kCurveInks);
  return std::string("dashtype ") + dash;
}

std::string point(const Series& series) {
  const std::size_t style = series.style % kCurveInks;
  return fmt::format("pointtype {} pointsize {} linecolor {}", kPoints.at(style),
                     kPointSizes.at(style), colour(series.ink));
}

// Writes one picture's commands; pixels are turned into gnuplot's shares of the whole.
class Writer {
 public:
  explicit Writer(const Chart& chart) : chart_(chart), frame_(frame_of(chart)) {}

  std::string commands() {
    write_frame();
    write_ticks();
    write_titles();
    if (!chart_.ramp_low.empty()) write_ramp();
    write_legend();
    write_notes();
    write_data();
    return text_;
  }
  double height() const { return frame_.height; }

 private:
  template <class... Values>
  void add(const char* format, const Values&... values) {
    text_ += fmt::format(fmt::runtime(format), values...) + "\n";
  }
  std::string screen(double x, double y) const {
    return fmt::format("screen {:.6f},{:.6f}", x / kChartWidth, 1 - y / frame_.height);
  }
  void label(const std::string& text, const std::string& place, const char* align,
             const std::string& ink, const std::string& more = "") {
    add("set label {} at {} {} front textcolor {} {}", quoted(text), place, align, ink, more);
  }

  void write_frame() {
    add("unset key\nunset border\nset encoding utf8");
    add("set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}", frame_.left / kChartWidth,
        frame_.right / kChartWidth);
    add("set tmargin at screen {:.6f}\nset bmargin at screen {:.6f}",
        1 - frame_.top / frame_.height, 1 - frame_.bottom / frame_.height);
    add("set xrange [{}:{}]\nset yrange [{}:{}]", chart_.x.low, chart_.x.high, chart_.y.low,
        chart_.y.high);
    add("unset xtics\nunset ytics");
  }

  void write_ticks() {
    for (const Tick& tick : chart_.x.ticks) {
      if (chart_.grid_x) {
        add("set arrow from first {},graph 0 to first {},graph 1 nohead back linecolor {}",
            tick.place, tick.place, colour(kGridInk));
      }
      const double x = frame_.x_of(chart_, tick.place);
      if (frame_.turned) {
        label(tick.label, screen(x, frame_.bottom + 8), "right", colour(kMutedInk), "rotate by 90");
      } else {
        label(tick.label, screen(x, frame_.bottom + 8 + kTextSize / 2), "center",
              colour(kMutedInk));
      }
    }
    for (const Tick& tick : chart_.y.ticks) {
      if (chart_.grid_y) {
        add("set arrow from graph 0,first {} to graph 1,first {} nohead back linecolor {}",
            tick.place, tick.place, colour(kGridInk));
      }
      const std::vector<std::string> lines = y_label_lines(tick.label);
      double y =
          frame_.y_of(chart_, tick.place) - kLineHeight * static_cast<double>(lines.size() - 1) / 2;
      for (const std::string& line : lines) {
        label(line, screen(frame_.left - 8, y), "right", colour(kMutedInk));
        y += kLineHeight;
      }
    }
    if (chart_.grid_y) {
      add("set arrow from graph 0,graph 0 to graph 1,graph 0 nohead back linecolor {}",
          colour(kAxisInk));
    }
    if (chart_.grid_x) {
      add("set arrow from graph 0,graph 0 to graph 0,graph 1 nohead back linecolor {}",
          colour(kAxisInk));
    }
  }

  void write_titles() {
    const Axis& y = chart_.y;
    if (!y.title.empty()) {
      const std::string ink = colour(kTextInk);
      label(y.title, screen(10, 15), "left", ink, "font 'sans-serif Bold,12'");
      if (!y.aside.empty()) {
        label(y.aside, screen(kChartWidth - 10, 15), "right", colour(kMutedInk));
      }
    }
    double at = frame_.bottom + 8 + frame_.tick_labels + 6 + kLineHeight / 2;
    for (const std::string& line : frame_.x_title) {
      label(line, screen((frame_.left + frame_.right) / 2, at), "center", colour(kTextInk));
      at += kLineHeight;
    }
    ramp_top_ = at - kLineHeight / 2 + 10;
  }

  void write_ramp() {
    constexpr int kSteps = 24;
    const double width = frame_.right - frame_.left;
    const double low = text_width(chart_.ramp_low, kTextSize) + 8;
    const double high = text_width(chart_.ramp_high, kTextSize) + 8;
    const double step = (width - low - high) / kSteps;
    for (int n = 0; n < kSteps; ++n) {
      const double left = frame_.left + low + step * n;
      add("set object rectangle from {} to {} front fillcolor {} fillstyle solid noborder",
          screen(left, ramp_top_ + 14), screen(left + step + 0.4, ramp_top_ + 2),
          colour(cividis((n + 0.5) / kSteps)));
    }
    label(chart_.ramp_low, screen(frame_.left, ramp_top_ + 8), "left", colour(kMutedInk));
    label(chart_.ramp_high, screen(frame_.right, ramp_top_ + 8), "right", colour(kMutedInk));
  }

  void write_legend() {
    for (const Frame::LegendLine& line : frame_.legend) {
      const Series& series = chart_.series[line.series];
      const double end = line.x + sample_width(series);
      if (line.first && series.line) {
        add("set arrow from {} to {} nohead front linewidth 2 linecolor {} {}",
            screen(line.x, line.y), screen(end, line.y), colour(series.ink), dashes(series));
      }
      if (line.first && series.points) {
        label("", screen((line.x + end) / 2, line.y), "center", colour(kTextInk),
              "point " + point(series));
      }
      label(line.text, screen(end + 6, line.y), "left", colour(kTextInk));
    }
  }

  void write_notes() {
    for (const Note& note : chart_.notes) {
      const double x = frame_.x_of(chart_, note.x) + note.right;
      const double y = frame_.y_of(chart_, note.y) - note.up;
      label(note.text, screen(x, y),
            note.align < 0   ? "right"
            : note.align > 0 ? "left"
                             : "center",
            colour(note.rgb));
    }
  }

  void plot(const std::string& what) { plots_ += (plots_.empty() ? "plot " : ", ") + what; }

  void write_data() {
    if (!chart_.boxes.empty()) {
      add("$boxes << EOD");
      for (const Box& box : chart_.boxes) {
        add("{} {} {} {} {} {} {}", (box.left + box.right) / 2, (box.bottom + box.top) / 2,
            box.left, box.right, box.bottom, box.top, box.rgb);
      }
      add("EOD");
      plot(fmt::format(
          "$boxes using 1:2:3:4:5:6:7 with boxxyerror fillstyle {} noborder "
          "linecolor rgb variable",
          chart_.box_opacity < 1 ? fmt::format("transparent solid {}", chart_.box_opacity)
                                 : "solid"));
    }
    std::size_t tip = 0;
    std::string lines, points;
    for (std::size_t n = 0; n < chart_.series.size(); ++n) {
      const Series& series = chart_.series[n];
      add("$series{} << EOD", n);
      for (const Mark& mark : series.marks) {
        add("{} {} {} {} {}", mark.x, mark.y, mark.low, mark.high, tip++);
      }
      add("EOD");
      if (series.band) {
        plot(
            fmt::format("$series{} using 1:3:4 with filledcurves fillstyle transparent solid 0.16 "
                        "noborder linecolor {}",
                        n, colour(series.ink)));
      }
    }
    // Bands lie under all lines, and points over them.
    for (std::size_t n = 0; n < chart_.series.size(); ++n) {
      const Series& series = chart_.series[n];
      if (series.line) {
        plot(fmt::format("$series{} using 1:2 with lines linewidth 2 linecolor {} {}", n,
                         colour(series.ink), dashes(series)));
      }
      if (series.whiskers) {
        plot(fmt::format("$series{} using {} with vectors nohead linewidth 1.5 linecolor {}", n,
                         series.across ? "3:2:($4-$3):(0)" : "1:3:(0):($4-$3)",
                         colour(series.ink)));
      }
    }
    for (std::size_t n = 0; n < chart_.series.size(); ++n) {
      const Series& series = chart_.series[n];
      if (!series.points) continue;
      plot(fmt::format(
          "$series{} every {} using 1:2:(sprintf('%d',$5)) with labels hypertext point {}", n,
          series.every, point(series)));
    }
    text_ += plots_ + "\n";
  }

  const Chart& chart_;
  const Frame frame_;
  std::string text_, plots_;
  double ramp_top_ = 0;
};

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "\"";
  bool plain = true;
  for (const char c : printable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    // gnuplot takes a digit behind such a number for a part of it.
    const bool digit = std::isdigit(byte) != 0;
    plain = digit ? plain : std::isalpha(byte) != 0 || c == ' ' || c == '.' || c == ',' || c == '-';
    out += plain ? std::string(1, c) : fmt::format("\\{:03o}", byte);
  }
  return out + "\"";
}

std::string script_of(const Chart& chart, const std::string& svg_file,
                      const std::string& png_file) {
  Writer writer(chart);
  const std::string commands = writer.commands();
  const double height = writer.height();
  return fmt::format(
             "reset session\nset terminal svg size {},{} noenhanced font 'sans-serif,{}'\n"
             "set output {}\n",
             kChartWidth, height, kTextSize, quoted(svg_file)) +
         commands +
         fmt::format(
             "set output\nset terminal pngcairo size {},{} noenhanced font 'sans,{}' fontscale 1.5 "
             "linewidth 2 pointscale 2 background rgb '#ffffff'\nset output {}\nreplot\nset "
             "output\n",
             2 * kChartWidth, 2 * height, kTextSize, quoted(png_file));
}

std::vector<std::string> tips_of(const Chart& chart) {
  std::vector<std::string> tips;
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) tips.push_back(mark.tip);
  }
  return tips;
}

}  // namespace cofi::report
