#include "run/csv.hpp"

#include <algorithm>

namespace cofi::run {

std::string csv_field(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    line += csv_field(field);
  }
  return line + '\n';
}

std::vector<std::vector<std::string>> csv_rows(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  bool quoted = false, in_row = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!in_row) rows.push_back({""});
    in_row = true;
    if (c == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"') {
      rows.back().back() += '"';
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      in_row = false;
    } else {
      rows.back().back() += c;
    }
  }
  return rows;
}

std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                       const std::string& name) {
  const auto found = std::find(columns.rbegin(), columns.rend(), name);
  if (found == columns.rend()) return std::nullopt;
  return static_cast<std::size_t>(columns.rend() - found) - 1;
}

std::size_t column_of(const std::string& path, const std::vector<std::string>& columns,
                      const std::string& name) {
  if (const auto found = find_column(columns, name)) return *found;
  throw Error(path, ": no column '", name,
              "'; another version of cofi wrote it: run the spec again");
}

}  // namespace cofi::run
