// The conformance of a plugin's kind, asked of the plugin: what `cofi check-plugin` prints.
#pragma once

#include "cofi/testing/finding.hpp"

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::testing {

// params: the plugin's resolved parameters ({"use": ..., ...}, see spec::check_parameters). That
// the plugin cannot be built from them is a finding; an unknown kind is an Error. Datasets and
// splitters find files in the current folder, $COFI_DATA and ./data.
COFI_API Findings check_plugin(const plugin::Registry& registry, const cofi_plugin& plugin,
                               const spec::Json& params, const Watch& watch = {});

}  // namespace cofi::testing
