// Where the build puts the plugins of tests/bad_plugins, and what opening one of them says.
#pragma once

#include <filesystem>
#include <string>

#include "plugin/registry.hpp"

namespace cofi::test {

// They stand beside the tests: <build>/tests/bad_plugins/metric/NAME.so.
inline std::string bad_plugins() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bad_plugins";
}
inline std::string bad_plugin(const std::string& name) {
  return bad_plugins() + "/metric/" + name + ".so";
}

// The message of the Error, or "" where there is none.
template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cofi::test
