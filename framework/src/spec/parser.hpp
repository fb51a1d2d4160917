// Reads YAML text into a tree, strictly: one document, no merge keys, no tags, no key twice, no
// alias of what contains it, and limits on size, depth and what aliases expand to.
#pragma once

#include <string>

#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;  // of a file
constexpr std::size_t kMaxNodes = 100000;                // of a tree, aliases expanded
constexpr int kMaxDepth = 64;                            // of maps and lists in each other

// `name` is what positions call the text. Text that is no YAML is an Error; keys that stand twice
// (the first counts) go to problems, so that other mistakes are seen as well. Empty text is null.
Node parse(const std::string& text, const std::string& name, Problems& problems);
Node parse_file(const std::string& path, Problems& problems);

// The same, for text that stands within a line of something else ("--set a.b=VALUE"): positions
// are `place` alone.
Node parse_value(const std::string& text, const Position& place, Problems& problems);

bool is_utf8(const std::string& text);

}  // namespace cofi::spec
