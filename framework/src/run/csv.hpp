// Comma-separated values as RFC 4180 has them, with plain line feeds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::run {

// The field, in quotes where it has a comma, a quote or a line break.
COFI_API std::string csv_field(const std::string& field);
COFI_API std::string csv_line(const std::vector<std::string>& fields);
// The rows of what csv_line wrote; quoted fields may hold line breaks.
COFI_API std::vector<std::vector<std::string>> csv_rows(std::string_view text);

// The place of a column: the last of that name. In a run's tables the columns of settings come
// first, and a swept key may be called as one of the table's own (`seed`, `split`).
COFI_API std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                                const std::string& name);
// The same; an Error that names the file at `path` where there is none.
COFI_API std::size_t column_of(const std::string& path, const std::vector<std::string>& columns,
                               const std::string& name);

}  // namespace cofi::run
