// A CSV file as a test reads it: rows of named texts.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/runner.hpp"

namespace cofi::test {

using CsvRow = std::map<std::string, std::string>;

inline std::vector<CsvRow> read_csv(const std::string& path) {
  std::vector<std::vector<std::string>> lines(1, {""});
  bool quoted = false;
  for (const char c : read_file(path)) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      lines.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      lines.push_back({""});
    } else {
      lines.back().back() += c;
    }
  }
  lines.pop_back();  // what follows the last line's end
  if (lines.empty()) throw std::runtime_error(path + " is empty");
  std::vector<CsvRow> rows;
  for (std::size_t n = 1; n < lines.size(); ++n) {
    if (lines[n].size() != lines[0].size()) throw std::runtime_error(path + " is ragged");
    CsvRow row;
    for (std::size_t c = 0; c < lines[n].size(); ++c) row[lines[0][c]] = lines[n][c];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace cofi::test
