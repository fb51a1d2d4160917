// Paths into a tree, as --set, sweeps and ${...} write them: keys, and numbers of list elements
// ("models.svd.factors", "metrics.0.at").
#pragma once

#include <string>
#include <vector>

#include "spec/tree.hpp"

namespace cofi::spec {

using Path = std::vector<std::string>;

// An Error where a key is empty.
Path split_path(const std::string& text);
std::string show_path(const Path& path);
std::string child_path(const std::string& parent, const std::string& key);

// The node at a path, or null. A bare string counts as {use: it}.
const Node* find_path(const Node& root, const Path& path);

// Sets the node at a path; maps on the way are made where there are none, bare strings written
// out. An Error where a list has no such element, or something else stands in the way.
void set_path(Node& root, const Path& path, const Position& place, Node value);
// Removes the key at a path, where there is one. Errors as of set_path.
void erase_path(Node& root, const Path& path);

}  // namespace cofi::spec
