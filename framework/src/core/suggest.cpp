#include "core/suggest.hpp"

#include <algorithm>

namespace cofi {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  // rows[i % 3][j]: from the first i letters of a to the first j of b.
  std::vector<std::vector<std::size_t>> rows(3, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& now = rows[i % 3];
    const auto& before = rows[(i + 2) % 3];
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], rows[(i + 1) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::vector<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 64;  // longer texts are no slips of names, and cost time
  if (wrong.size() > kLongest) return {};
  std::size_t best = std::max<std::size_t>(1, wrong.size() / 3);
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (name.size() > kLongest || name == wrong) continue;
    const std::size_t distance = edit_distance(wrong, name);
    if (distance > best) continue;
    if (distance < best) found.clear();
    best = distance;
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  return found;
}

std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names) {
  const std::vector<std::string> found = nearest(wrong, names);
  if (found.empty()) return "";
  return ", did you mean '" + join(found, "' or '") + "'?";
}

std::string join(const std::vector<std::string>& names, const std::string& between) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

std::string choices(const std::string& wrong, const std::vector<std::string>& names) {
  const std::string meant = did_you_mean(wrong, names);
  return (meant.empty() ? ";" : meant) + " there are: " + listed(names);
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : join(names);
}

}  // namespace cofi
