// gnuplot's SVG as it goes into a page.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::report {

// The svg element alone: colours of the palette get the classes of ink_css, so that they follow the
// page's theme; numbers of tips become their texts; ids start with `name`, so that several pictures
// fit into one page.
COFI_API std::string themed_svg(const std::string& from_gnuplot, const std::string& name,
                                const std::string& alt, const std::vector<std::string>& tips);

// A file of its own with such an element: with the rules that it needs, and paper.
COFI_API std::string standalone_svg(const std::string& themed);

}  // namespace cofi::report
