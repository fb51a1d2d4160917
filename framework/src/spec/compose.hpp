// Builds one tree from files that build on each other (`from`), and from --set.
#pragma once

#include <string>
#include <vector>

#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// Reads a spec. Any map in it may say `from: FILE` (relative to the file that says it): that file's
// map is read first, and the map's own keys go over it as merge() says.
Node compose_file(const std::string& file, Problems& problems);

// Lays `own` over `base`: own keys win, deeply; where `use` differs the whole map is replaced; null
// removes a key; lists and scalars are replaced.
Node merge(const Node& base, const Node& own);

// Applies "a.b.c=VALUE" in order, VALUE being YAML; null removes the key. A `from` in VALUE is
// relative to the working directory.
void apply_overrides(Node& root, const std::vector<std::string>& overrides, Problems& problems);

}  // namespace cofi::spec
