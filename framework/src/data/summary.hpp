// What a reader of a run must know of its data: recorded in the manifest.
#pragma once

#include <nlohmann/json.hpp>

#include "cofi/data.hpp"

namespace cofi::data {

// {"interactions", "users", "items", "sparsity" (1 - interactions / (users x items)), "mean",
// "scale": [low, high], "times": [first, last] or null, "note", "sources", and the data's counts by
// their names}
COFI_API nlohmann::ordered_json describe_data(const Data& data);

// The lowest and the highest value; {0, 0} where there are none.
COFI_API RatingScale range_of(View<float> values);

}  // namespace cofi::data
