// What gnuplot is told to draw a picture.
#pragma once

#include <string>

#include "cofi/error.hpp"

#include "report/chart.hpp"

namespace cofi::report {

// Commands that draw the chart as SVG, and again as a PNG of twice its size. The pictures' tips are
// numbered as tips_of lists them.
COFI_API std::string script_of(const Chart& chart, const std::string& svg_file,
                               const std::string& png_file);
COFI_API std::vector<std::string> tips_of(const Chart& chart);

// The text in gnuplot's double quotes. All bytes but plain ones are written by number: gnuplot runs
// what stands between backquotes.
COFI_API std::string quoted(const std::string& text);

}  // namespace cofi::report
