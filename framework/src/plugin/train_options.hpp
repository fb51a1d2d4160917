// The resolved `train` block of a spec as what models are given.
#pragma once

#include <nlohmann/json.hpp>

#include "cofi/error.hpp"
#include "cofi/train_options.hpp"

namespace cofi::plugin {

// Null (the model does not train in epochs) gives the defaults.
COFI_API TrainOptions train_options(const nlohmann::ordered_json& train);

}  // namespace cofi::plugin
