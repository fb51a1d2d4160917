// Axes: which values become which places, and where the ticks are.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::report {

struct Tick {
  double place;
  std::string label;
};

// A picture is drawn in places: the values themselves, their decimal logarithms where values span
// decades, or the ranks of values.
struct COFI_API Axis {
  std::string title;  // "rmse"
  std::string aside;  // said less loudly behind it: "lower is better"
  bool log = false;
  double low = 0, high = 1;  // places at the ends
  std::vector<Tick> ticks;

  double place(double value) const;
};

// "0.001", "25", "1e-5", "1.2e6"
COFI_API std::string number_text(double number);

// Of measured values, with room at both ends. Logarithmic where all are positive and the largest is
// more than `most_ratio` times the smallest; `room` is a share of their span.
COFI_API Axis measure_axis(const std::vector<double>& values, double most_ratio,
                           double room = 0.06);
// Linear from 0: of bars.
COFI_API Axis bar_axis(const std::vector<double>& values);

// Of the values of a swept key.
struct COFI_API ParameterAxis {
  bool numeric = false;             // else values are names
  std::vector<std::string> values;  // as written: by size where numeric, else in the order given
  std::vector<double> places;       // of each
  Axis axis;                        // a tick at each value whose label has room

  double place(const std::string& value) const;
};
// Numeric: logarithmic where values span decades, evenly spaced where they do so but have a zero or
// negative among them. `width`: of the axis in the picture's units, as labels are.
COFI_API ParameterAxis parameter_axis(const std::vector<std::string>& values, double width);

}  // namespace cofi::report
