// The tables of a report.
#pragma once

#include <optional>

#include "cofi/error.hpp"

#include "report/html.hpp"
#include "report/run_files.hpp"

namespace cofi::report {

// results.csv as the text table shows it: deviations beside their means, the best values marked.
// Rows of a selection are marked, columns that say the same in all rows are left to
// constant_columns.
COFI_API HtmlTable results_html_table(const RunFiles& run);

// What all rows of the table say alike, where it would be a column of long words: "leaks".
COFI_API std::vector<std::pair<std::string, std::string>> constant_columns(const RunFiles& run);

// The cells that failed or were interrupted, and why; those that have not run have no reason.
COFI_API std::optional<HtmlTable> failures_html_table(const RunFiles& run);

// comparisons.csv, with p-values below 0.05 after Holm's correction marked.
COFI_API std::optional<HtmlTable> comparisons_html_table(const RunFiles& run);

}  // namespace cofi::report
