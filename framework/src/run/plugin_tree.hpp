// A resolved plugin and the ones nested in it.
#pragma once

#include <map>
#include <string>

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// Adds the SHA-256 of the files of a plugin and its nested ones, by "kind/name".
void add_plugin_digests(const plugin::Registry& registry, const std::string& kind,
                        const spec::Json& plugin, std::map<std::string, std::string>& digests);

// Takes the late parameters (those that only matter after the fit) out of a resolved plugin and its
// nested ones, and returns them, by path; an empty object where there are none.
spec::Json take_late(const plugin::Registry& registry, const std::string& kind, spec::Json& plugin);

}  // namespace cofi::run
