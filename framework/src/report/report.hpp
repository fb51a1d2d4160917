// cofi report, as a plain function for its command line.
#pragma once

#include <string>

#include "cofi/error.hpp"

namespace cofi::report {

// Writes report.html and pictures/ into a run's folder; the same bytes as long as the run's files
// are the same. Returns the path of the page.
COFI_API std::string write_report(const std::string& folder);

}  // namespace cofi::report
