// What a parameter row allows, in words.
#pragma once

#include <string>
#include <vector>

#include "cofi/plugin/abi.h"

namespace cofi::spec {

std::string type_name(const cofi_param& row);  // of one value: "an integer", "text", ...
// "an integer from 1 to 4096", "a list of: a, b or c", "a number of at least 0, or null"
std::string allowed(const cofi_param& row);
std::string plugin_form(const std::string& kind);  // how a plugin of a kind is written
std::vector<std::string> choices_of(const cofi_param& row);
bool has_low(const cofi_param& row);  // its range has a lower end
bool has_high(const cofi_param& row);
bool is_optional(const cofi_param& row);  // its default is "null"

}  // namespace cofi::spec
