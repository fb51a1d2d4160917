// What this process is, to start it once more and to name it.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

// The words that it was called with, itself first.
COFI_API std::vector<std::string> own_arguments();
// The path of its program.
COFI_API std::string own_program();
// The machine's name.
COFI_API std::string host_name();

// Of the environment; empty where it is not set.
COFI_API std::string variable(const char* name);

}  // namespace cofi
