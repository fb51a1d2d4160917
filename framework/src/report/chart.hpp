// A picture as data: what is where, in places of its axes.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/axis.hpp"
#include "report/palette.hpp"

namespace cofi::report {

struct Mark {
  double x, y;
  double low, high;  // of whiskers or the band; equal where there is no spread
  std::string tip;   // shown where the pointer rests
};

struct Series {
  std::string name;  // in the legend; empty: not there
  Ink ink = kMutedInk;
  std::size_t style = 0;  // of dashes and points
  bool line = false, points = true;
  bool band = false;      // from low to high
  bool whiskers = false;  // the same, as a line at each mark
  bool across = false;    // low and high are places of x, not of y
  std::size_t every = 1;  // marks between two points of a line
  std::vector<Mark> marks;
};

struct Box {
  double left, right, bottom, top;
  unsigned rgb;
};

struct Note {
  double x, y;
  std::string text;
  unsigned rgb;
  int align = 0;             // -1: ends at the place, 0: stands in its middle, 1: starts there
  double right = 0, up = 0;  // pixels off the place
};

struct Chart {
  std::string name;  // of its files: letters, digits, '.', '_' and '-'
  std::string alt;   // what a reader without eyes is told
  Axis x, y;
  bool grid_x = false, grid_y = true;
  double plot_height = 210;  // pixels
  std::vector<Box> boxes;
  double box_opacity = 1;
  std::vector<Series> series;
  std::vector<Note> notes;
  // Of a heat map: the words at both ends of its colours.
  std::string ramp_low, ramp_high;
};

constexpr double kChartWidth = 420;  // pixels; a page shows it larger or smaller

// Where the parts of a picture are, in pixels from its top left.
struct COFI_API Frame {
  double height = 0;
  double left = 0, right = 0, top = 0, bottom = 0;  // of the plot
  double tick_labels = 0;                           // height of those of x
  bool turned = false;               // those of x stand upright, since they would touch
  std::vector<std::string> x_title;  // lines

  struct LegendLine {
    std::size_t series;
    double x, y;       // of the sample's left end and the text's middle
    std::string text;  // one line of the name
    bool first;        // has the sample
  };
  std::vector<LegendLine> legend;

  double x_of(const Chart& chart, double place) const;
  double y_of(const Chart& chart, double place) const;
};
// Of its line with a point, in the legend.
double sample_width(const Series& series);
COFI_API Frame frame_of(const Chart& chart);

// Lines of a label beside the y axis.
COFI_API std::vector<std::string> y_label_lines(const std::string& label);

}  // namespace cofi::report
