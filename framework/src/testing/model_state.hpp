// A model's state as bytes, to compare and to put into another object.
#pragma once

#include <string>
#include <vector>

#include "cofi/model.hpp"

namespace cofi::testing {

// The bytes of the file that the model's state is saved as; they depend on the contents alone.
std::string saved_bytes(Model& model);
// Saves the first to a file, and loads that into the second.
void save_and_load(Model& from, Model& into);
// What is read back from a file that the archive was written to.
Archive through_file(const Archive& archive);
std::vector<std::string> state_names(Model& model);

}  // namespace cofi::testing
