// "did you mean": the word a user most likely meant.
#pragma once

#include <string>
#include <vector>

namespace cofi {

// The word of `words` that `word` is nearest to by edits of one letter (insert, drop, replace, swap
// two neighbours); empty where none is within a third of the letters (at least one edit). Of
// equally near words the first.
std::string nearest(const std::string& word, const std::vector<std::string>& words);

// ", did you mean 'svd'?" or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& words);

// "a, b, c", or "none".
std::string listed(const std::vector<std::string>& words);

}  // namespace cofi
