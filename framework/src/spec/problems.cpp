#include "spec/problems.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "cofi/error.hpp"

namespace cofi::spec {

void Problems::add(const Position& place, const std::string& path, const std::string& what) {
  const std::string file = place.file ? *place.file : std::string();
  const auto found = std::find(files_.begin(), files_.end(), file);
  const auto number = static_cast<std::size_t>(found - files_.begin());
  if (found == files_.end()) files_.push_back(file);
  all_.push_back({place.line == 0, number, place, path, what});
}

void Problems::raise() const {
  if (all_.empty()) return;
  std::vector<Problem> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.override, a.file, a.place.line, a.place.column) <
           std::tie(b.override, b.file, b.place.line, b.place.column);
  });
  std::string lines;
  std::set<std::string> said;
  for (const Problem& problem : sorted) {
    const std::string place = problem.place.text();
    if (!said.insert(place + "\n" + problem.what).second) continue;
    if (!lines.empty()) lines += '\n';
    if (!place.empty()) lines += place + ": ";
    if (!problem.path.empty()) lines += problem.path + ": ";
    lines += problem.what;
  }
  throw Error(lines);
}

}  // namespace cofi::spec
