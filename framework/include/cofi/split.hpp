// One division of an Interactions table into parts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/interactions.hpp"

namespace cofi {

// Row numbers of one Interactions table; the parts are disjoint and hold no row twice.
struct COFI_API Split {
  std::vector<std::int32_t> train, validation, test, fold_in;
  std::vector<std::string> notes;  // what a reader must know ("12 users had too few ratings")
};

}  // namespace cofi
