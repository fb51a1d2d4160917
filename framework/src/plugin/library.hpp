// Opening a plugin's file. library.cpp is the only file that knows Boost.DLL.
#pragma once

#include <string>

#include "cofi/plugin/abi.h"

#include "plugin/registry.hpp"

namespace cofi::plugin {

// The checked descriptor of the plugin's file, which stays open until the process ends. An Error
// where it is of another build, cannot be loaded, or its descriptor is not what its tag says.
const cofi_plugin& open_library(const Listing& listing);

}  // namespace cofi::plugin
