// "did you mean": the word a user most likely meant.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

// The word of `words` that `word` is nearest to by edits of one letter (insert, drop, replace, swap
// two neighbours); empty where none is within a third of the letters (at least one edit). Of
// equally near words the first.
COFI_API std::string nearest(const std::string& word, const std::vector<std::string>& words);

// ", did you mean 'svd'?" or nothing.
COFI_API std::string did_you_mean(const std::string& word, const std::vector<std::string>& words);

// ", did you mean 'svd'? there are: bias, svd" or "; there are: bias, svd".
COFI_API std::string choices(const std::string& word, const std::vector<std::string>& words);

// "a, b, c", or "none".
COFI_API std::string listed(const std::vector<std::string>& words);

}  // namespace cofi
