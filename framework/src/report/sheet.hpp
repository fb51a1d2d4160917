// A CSV file that a run left, with the names of its columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::report {

struct COFI_API Sheet {
  std::string path;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns

  // The last of that name (run/csv.hpp).
  std::optional<std::size_t> find(const std::string& column) const;
  // An Error that names the file where there is no such column.
  std::size_t at(const std::string& column) const;
};

// An Error names the file, and the line where it is damaged.
COFI_API Sheet parse_sheet(const std::string& path, std::string_view text);
// Nothing where there is no such file.
COFI_API std::optional<Sheet> read_sheet(const std::string& path);

// NaN where the text is empty or no number.
COFI_API double number_of(const std::string& text);

}  // namespace cofi::report
