// Plugins by name, with parameters as a spec writes them, for tests.
#pragma once

#include <memory>
#include <string>

#include "cofi/error.hpp"
#include "cofi/testing/conformance.hpp"

namespace cofi::testing {

// A std::unique_ptr<Interface>'s pointer; see make.
COFI_API void* make_object(const std::string& kind, const std::string& plugin,
                           const std::string& yaml);

// Builds "model/svd" from "{factors: 3}" as the runner does: found where it looks for plugins
// ($COFI_PLUGIN_PATH, then beside the program), checked, defaults filled in, nested ones first. The
// Errors are those that a user of a spec would meet.
template <class Interface>
std::unique_ptr<Interface> make(const std::string& plugin, const std::string& yaml = "{}") {
  return std::unique_ptr<Interface>(
      static_cast<Interface*>(make_object(Interface::kKind, plugin, yaml)));
}

// The same at each call, for the conformance checks.
template <class Interface>
Factory<Interface> maker(const std::string& plugin, const std::string& yaml = "{}") {
  return [plugin, yaml] { return make<Interface>(plugin, yaml); };
}

}  // namespace cofi::testing
