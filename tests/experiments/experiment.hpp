// A spec in a folder of its own, and the runner on it.
#pragma once

#include <string>
#include <vector>

#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace cofi::test {

// The body of a spec that runs in a blink: 300 users, 200 items, 6,000 ratings with noise 0.5.
inline const std::string kSmallData =
    "name: small\n"
    "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}\n"
    "split: {use: ratio, test: 0.2}\n";

class Experiment {
 public:
  explicit Experiment(const std::string& spec) { folder.write("spec.yaml", spec); }

  // `cofi run spec.yaml --out run` and further words; `before` is shell text before it.
  Outcome run(const std::string& words = "", const std::string& before = "") const {
    return shell(before + " COFI_PLUGIN_PATH='" COFI_EXPERIMENT_PLUGINS "' cofi run '" +
                 (folder / "spec.yaml") + "' --out '" + (folder / "run") + "' " + words);
  }
  std::string file(const std::string& name) const { return read_file(folder / ("run/" + name)); }
  bool has(const std::string& name) const {
    return std::filesystem::exists(folder.path() / "run" / name);
  }
  // The lines of a file beside the spec; 0 where there is none.
  std::size_t lines(const std::string& name) const {
    std::ifstream in(folder / name);
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) ++count;
    return count;
  }

  TempFolder folder;
};

// The rows of a CSV file (without line breaks in fields).
inline std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    rows.push_back({""});
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        rows.back().emplace_back();
      } else {
        rows.back().back() += c;
      }
    }
  }
  return rows;
}

// The same without the columns that measure time and memory: what must not change between runs.
inline std::vector<std::vector<std::string>> results_of(const std::string& text) {
  auto rows = csv_rows(text);
  const auto head = rows.at(0);
  for (auto& row : rows) {
    std::vector<std::string> kept;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool measured = head[c] == "fit_seconds" || head[c] == "eval_seconds" ||
                            head[c] == "shared_seconds" || head[c] == "seconds" ||
                            head[c] == "peak_mb";
      if (!measured) kept.push_back(row[c]);
    }
    row = kept;
  }
  return rows;
}

// The field of a column in the row whose first field is given.
inline std::string field(const std::string& text, const std::string& first,
                         const std::string& column) {
  const auto rows = csv_rows(text);
  for (std::size_t c = 0; c < rows.at(0).size(); ++c) {
    if (rows[0][c] != column) continue;
    for (const auto& row : rows) {
      if (row[0] == first) return row.at(c);
    }
  }
  throw std::runtime_error("no row '" + first + "' with a column '" + column + "' in\n" + text);
}

}  // namespace cofi::test
