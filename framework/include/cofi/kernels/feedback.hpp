// Implicit feedback sets by name, as models take them.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

class Params;
struct FitContext;
struct Interactions;

namespace kernels {

// Names the training interactions.
constexpr char kRated[] = "rated";

// The parameter feedback; an Error where it names a set twice.
COFI_API std::vector<std::string> feedback_names(const Params& params);

// The dataset's set of this name; an Error, of this model ("model/svdpp"), that says which there
// are.
COFI_API const Interactions& feedback_set(const FitContext& context, const std::string& model,
                                          const std::string& name);

}  // namespace kernels
}  // namespace cofi
