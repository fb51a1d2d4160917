// The parts of check_model, each with a view of its own.
#pragma once

#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"
#include "testing/questions.hpp"

namespace cofi::testing {

// How the fitted model does on the toy data that it was fitted on; nothing where well enough.
std::string learning(const Model& model, const Toy& toy, const ModelCheck& options);
// Equal seeds, thread counts, files, interruptions: the same bits.
void check_model_bits(Checks& checks, const Factory<Model>& make, const ModelCheck& options,
                      const Toy& toy);
// The analytic gradient against autograd, where the model has both.
void check_gradient(Checks& checks, const Factory<Model>& make, const ModelCheck& options,
                    const Toy& toy);

}  // namespace cofi::testing
