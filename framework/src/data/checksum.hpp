// A fast checksum against damage (not against intent).
#pragma once

#include <cstdint>
#include <string_view>

#include "cofi/error.hpp"

namespace cofi::data {

// XXH64 (Collet, "xxHash fast digest algorithm", version 0.1.1) with seed 0.
COFI_API std::uint64_t checksum(std::string_view bytes);

}  // namespace cofi::data
