// Reading what a plugin's file says of itself from its bytes, without running any of its code.
#pragma once

#include <string>

#include "cofi/error.hpp"

#include "plugin/registry.hpp"

namespace cofi::plugin {

// This build's own tag.
COFI_API std::string runner_tag();

// Throws an Error where the file cannot be read, is not an ELF shared library for this CPU, is cut
// short or carries no tag. Says of a tag that differs only same_build = false.
Listing read_tag(const std::string& path);

}  // namespace cofi::plugin
