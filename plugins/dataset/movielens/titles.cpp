#include "titles.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/utf8.hpp"

namespace movielens {
namespace {

using cofi::Data;
using cofi::DelimitedFormat;
using cofi::FileTree;

std::vector<std::string> genres_of(const std::string& list) {
  std::vector<std::string> genres;
  if (list.empty() || list == "(no genres listed)") return genres;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find('|', at), list.size());
    genres.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return genres;
}

void add(Data& data, const std::string& external, const std::string& title,
         std::vector<std::string> genres) {
  const std::int32_t item = data.items.find(external);
  if (item == cofi::Vocabulary::kUnknown) return;  // a movie that nobody rated
  data.titles[static_cast<std::size_t>(item)] =
      cofi::is_utf8(title) ? title : cofi::utf8_of_latin1(title);
  data.tags[static_cast<std::size_t>(item)] = std::move(genres);
}

DelimitedFormat headerless(const std::string& separator) {
  DelimitedFormat format;
  format.separator = separator;
  format.header = false;
  format.quotes = false;
  return format;
}

// u.item: id|title|date||url| and a 0 or 1 for each line of u.genre.
void add_from_flags(Data& data, const FileTree& tree, const std::string& folder) {
  std::vector<std::string> genres;
  if (tree.has(folder + "u.genre")) {
    const auto file = tree.open(folder + "u.genre");
    for (const auto& line : cofi::read_columns(file, headerless("|"), {"1"})) {
      genres.push_back(line.front());
    }
    data.sources.push_back(file.name());
  }
  constexpr std::size_t kFirstFlag = 6;
  std::vector<std::string> columns = {"1", "2"};
  for (std::size_t n = 0; n < genres.size(); ++n) columns.push_back(std::to_string(kFirstFlag + n));
  const auto file = tree.open(folder + "u.item");
  for (const auto& line : cofi::read_columns(file, headerless("|"), columns)) {
    std::vector<std::string> mine;
    for (std::size_t n = 0; n < genres.size(); ++n) {
      if (line[2 + n] == "1") mine.push_back(genres[n]);
    }
    add(data, line[0], line[1], std::move(mine));
  }
  data.sources.push_back(file.name());
}

void add_from_lists(Data& data, const cofi::FileBytes& file, const DelimitedFormat& format) {
  for (const auto& line : cofi::read_columns(file, format, {"1", "2", "3"})) {
    add(data, line[0], line[1], genres_of(line[2]));
  }
  data.sources.push_back(file.name());
}

}  // namespace

void add_titles(Data& data, const FileTree& tree, const std::string& folder) {
  const auto has = [&](const char* name) { return tree.has(folder + name); };
  const bool csv = has("movies.csv"), dat = has("movies.dat"), flags = has("u.item");
  if (!csv && !dat && !flags) return;
  data.titles.resize(static_cast<std::size_t>(data.items.size()));
  data.tags.resize(data.titles.size());
  if (csv) {
    add_from_lists(data, tree.open(folder + "movies.csv"), DelimitedFormat());
  } else if (dat) {
    add_from_lists(data, tree.open(folder + "movies.dat"), headerless("::"));
  } else {
    add_from_flags(data, tree, folder);
  }
}

}  // namespace movielens
