#include "report/sheet.hpp"

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "cofi/files.hpp"

#include "run/csv.hpp"

namespace cofi::report {

std::optional<std::size_t> Sheet::find(const std::string& column) const {
  return run::find_column(columns, column);
}

std::size_t Sheet::at(const std::string& column) const {
  return run::column_of(path, columns, column);
}

Sheet parse_sheet(const std::string& path, std::string_view text) {
  Sheet sheet;
  sheet.path = path;
  sheet.rows = run::csv_rows(text);
  if (sheet.rows.empty()) throw Error(path, ": empty; run the spec again, which writes it anew");
  sheet.columns = std::move(sheet.rows.front());
  sheet.rows.erase(sheet.rows.begin());
  for (std::size_t n = 0; n < sheet.rows.size(); ++n) {
    if (sheet.rows[n].size() == sheet.columns.size()) continue;
    throw Error(path, ":", n + 2, ": a damaged line, with ", sheet.rows[n].size(),
                " fields instead of ", sheet.columns.size(),
                "; run the spec again, which writes it anew");
  }
  return sheet;
}

std::optional<Sheet> read_sheet(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  return parse_sheet(path, FileBytes::open(path).bytes());
}

double number_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && *end == 0;
  return whole ? number : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cofi::report
