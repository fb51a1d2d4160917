// What a scalar's text means: YAML 1.2's core schema, in decimal alone (010 is ten, 0x10 a string).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "spec/tree.hpp"

namespace cofi::spec {

// An integer that does not fit 64 bits is a real, as is one beyond double's range (infinite).
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

// Quoted text is a string; plain text is true, false, an integer, a real (.inf and .nan too), or
// else a string.
Scalar read_scalar(const Node& node);
bool is_null_text(const std::string& plain);

// The one way in which cofi writes a value: reading it gives the same value again.
std::string write_real(double value);  // "0.5", "3.0", "1e-05"
std::string write_scalar(const Scalar& value);

// Whether a string may stand unquoted in YAML, and is that string when read.
bool is_plain_string(const std::string& text);

}  // namespace cofi::spec
