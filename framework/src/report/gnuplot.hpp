// Pictures by gnuplot.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/chart.hpp"

namespace cofi::report {

struct Picture {
  std::string name;
  std::string svg;  // the element, for a page
  std::string png;  // bytes, for light paper
};

// In the order of the charts, by one process. An Error where there is no gnuplot says how to get
// it.
COFI_API std::vector<Picture> draw(const std::vector<Chart>& charts);

}  // namespace cofi::report
