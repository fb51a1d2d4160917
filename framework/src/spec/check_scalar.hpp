// Checks one scalar against a parameter row.
#pragma once

#include <string>

#include "cofi/plugin/abi.h"

#include "spec/experiment.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// The value in the row's type; null, and a problem, where it is none that the row allows.
Json check_scalar(const Node& node, const cofi_param& row, const std::string& path,
                  Problems& problems);

// Reports why a value cannot be, with what is allowed.
void refuse(const Node& node, const cofi_param& row, const std::string& path,
            const std::string& why, Problems& problems);

}  // namespace cofi::spec
