// What a dataset plugin loads.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cofi/interactions.hpp"

namespace cofi {

struct RatingScale {
  float low = 0, high = 0;
};

struct COFI_API Data {
  Interactions interactions;
  Vocabulary users, items;
  RatingScale scale;  // what the source declares, else the lowest and highest value found

  // Further interactions on the same vocabularies (implicit feedback sets), by name.
  std::map<std::string, Interactions> feedback;
  std::vector<std::string> titles;             // [items], or empty
  std::vector<std::vector<std::string>> tags;  // [items] (genres, ...), or empty
  Column<float> expected;  // [n] each value without its noise, where a generator knows it, or empty

  std::vector<std::string> sources;                          // the files read, for the manifest
  std::vector<std::pair<std::string, std::int64_t>> counts;  // "duplicates", "skipped_lines", ...
  std::string note;  // one line on what was found ("ml-latest-small of 2016: 100,004 ratings")
};

}  // namespace cofi
