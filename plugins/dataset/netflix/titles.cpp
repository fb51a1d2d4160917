#include "titles.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "cofi/utf8.hpp"

namespace netflix {
void add_titles(cofi::Data& data, const cofi::FileTree& tree) {
  std::vector<std::string> found = tree.find("movie_titles.txt");
  if (found.empty()) found = tree.find("movie_titles.csv");
  if (found.empty()) return;
  const cofi::FileBytes file = tree.open(found.front());
  data.titles.resize(static_cast<std::size_t>(data.items.size()));
  const std::string_view text = file.bytes();
  std::int64_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
      throw cofi::Error(file.name(), ":", number, ": '", line.substr(0, 60),
                        "'; expected id,year,title");
    }
    const std::int32_t item = data.items.find(line.substr(0, first));
    if (item == cofi::Vocabulary::kUnknown) continue;  // a movie that nobody rated
    const std::string_view year = line.substr(first + 1, second - first - 1);
    std::string title = cofi::utf8_of_latin1(line.substr(second + 1));
    if (year != "NULL") title += " (" + std::string(year) + ")";
    data.titles[static_cast<std::size_t>(item)] = std::move(title);
  }
  data.sources.push_back(file.name());
}

}  // namespace netflix
