// The page: what a run was asked, and what came out.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/chart_groups.hpp"
#include "report/gnuplot.hpp"
#include "report/run_files.hpp"

namespace cofi::report {

// A section of pictures.
struct PictureSection {
  std::string id, title;
  std::vector<ChartGroup> groups;
};
// Those that the run has data for, with names of charts that are told apart.
COFI_API std::vector<PictureSection> picture_sections(const RunFiles& run);

// One file without anything from elsewhere. The pictures are those of the sections' charts, in
// order.
COFI_API std::string page_of(const RunFiles& run, const std::vector<PictureSection>& sections,
                             const std::vector<Picture>& pictures);

}  // namespace cofi::report
