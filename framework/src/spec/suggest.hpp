// "Did you mean": the names nearest to one that is not known.
#pragma once

#include <string>
#include <vector>

namespace cofi::spec {

// The least number of letters to insert, delete, replace or swap with their neighbour, no letter
// twice (Damerau 1964; the restricted form, "optimal string alignment").
std::size_t edit_distance(const std::string& a, const std::string& b);

// The names at the least distance from `wrong`, where that is near enough to be a slip: at most a
// third of its letters, but at least one.
std::vector<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names);

// ", did you mean 'x'?" (or 'x' or 'y'), or nothing.
std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names);

// "a, b, c"
std::string join(const std::vector<std::string>& names, const std::string& between = ", ");

}  // namespace cofi::spec
