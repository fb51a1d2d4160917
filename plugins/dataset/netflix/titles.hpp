// Titles of the movies of the Netflix prize.
#pragma once

#include "cofi/data.hpp"
#include "cofi/files.hpp"

namespace netflix {

// Fills data.titles from movie_titles.txt or .csv in the tree, where there is one of them: lines
// "id,year,title" in Latin-1, whose titles may hold commas. The year is NULL where it is not known.
void add_titles(cofi::Data& data, const cofi::FileTree& tree);

}  // namespace netflix
