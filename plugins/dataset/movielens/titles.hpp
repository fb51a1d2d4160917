// Titles and genres of a MovieLens release.
#pragma once

#include <string>

#include "cofi/data.hpp"
#include "cofi/files.hpp"

namespace movielens {

// Fills data.titles and data.tags from movies.csv, movies.dat or u.item in the folder ("" or
// "ml-1m/") of the tree, where there is one of them. Old releases are in Latin-1.
void add_titles(cofi::Data& data, const cofi::FileTree& tree, const std::string& folder);

}  // namespace movielens
