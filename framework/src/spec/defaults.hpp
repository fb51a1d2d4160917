// Default values of parameter rows, from their YAML text.
#pragma once

#include <string>

#include "cofi/plugin/abi.h"

#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// The default as a tree; `of` is whose it is ("model/svd"), for the place of mistakes in it. A
// string's default is its text unless it is quoted: "," and "" need no quotes in a row.
Node default_node(const cofi_param& row, const std::string& of, Problems& problems);

// The same as a value of the row's type; plugins as they are written. Null where there is none.
Json default_value(const cofi_param& row);

// A tree as it stands, scalars typed.
Json to_json(const Node& node);

}  // namespace cofi::spec
