// "Did you mean": the names nearest to one that is not known.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

// The least number of letters to insert, delete, replace or swap with their neighbour, no letter
// twice (Damerau 1964; the restricted form, "optimal string alignment").
COFI_API std::size_t edit_distance(const std::string& a, const std::string& b);

// The names at the least distance from `wrong`, where that is near enough to be a slip: at most a
// third of its letters, but at least one.
COFI_API std::vector<std::string> nearest(const std::string& wrong,
                                          const std::vector<std::string>& names);

// ", did you mean 'x'?" (or 'x' or 'y'), or nothing.
COFI_API std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names);

// ", did you mean 'svd'? there are: bias, svd" or "; there are: bias, svd".
COFI_API std::string choices(const std::string& wrong, const std::vector<std::string>& names);

// "a, b, c"
COFI_API std::string join(const std::vector<std::string>& names, const std::string& between = ", ");
// The same, or "none".
COFI_API std::string listed(const std::vector<std::string>& names);

}  // namespace cofi
