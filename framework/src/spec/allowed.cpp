#include "spec/allowed.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>

#include "core/suggest.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

std::string bound(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (std::abs(value) <= kExact && value == std::floor(value)) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  return write_real(value);
}

constexpr double kNoLimit = 1e300;  // an author's numeric_limits::max() is none either

std::string range(const cofi_param& row) {
  const bool low = has_low(row), high = has_high(row);
  if (low && high) return " from " + bound(row.low) + " to " + bound(row.high);
  if (low) return " of at least " + bound(row.low);
  if (high) return " of at most " + bound(row.high);
  return "";
}

std::string one(const cofi_param& row) {
  switch (row.type) {
    case COFI_INT:
    case COFI_REAL:
      return type_name(row) + range(row);
    case COFI_PLUGIN_TYPE:
      return plugin_form(row.kind);
    case COFI_BOOL:
      return "true or false";
    case COFI_STRING:
      if (row.choices != nullptr) return "one of " + join(choices_of(row));
      break;
    default:
      break;
  }
  return type_name(row);
}

}  // namespace

std::string type_name(const cofi_param& row) {
  switch (row.type) {
    case COFI_INT:
      return "an integer";
    case COFI_REAL:
      return "a number";
    case COFI_BOOL:
      return "a truth value";
    case COFI_STRING:
      return "text";
    default:
      return std::string("a ") + row.kind;
  }
}

std::string plugin_form(const std::string& kind) {
  return "the name of a " + kind + ", or {use: its name, its parameters}";
}

std::string allowed(const cofi_param& row) {
  std::string text = one(row);
  if (row.shape == COFI_LIST) text = "a list, each " + text;
  if (row.shape == COFI_MAP) text = "a map of names, each " + text;
  return is_optional(row) ? text + "; or null" : text;
}

std::vector<std::string> choices_of(const cofi_param& row) {
  std::vector<std::string> choices;
  if (row.choices == nullptr) return choices;
  std::istringstream all(row.choices);
  for (std::string choice; std::getline(all, choice, '|');) choices.push_back(choice);
  return choices;
}

bool has_low(const cofi_param& row) { return row.low > -kNoLimit; }
bool has_high(const cofi_param& row) { return row.high < kNoLimit; }

bool is_optional(const cofi_param& row) {
  return row.fallback != nullptr && std::strcmp(row.fallback, "null") == 0;
}

}  // namespace cofi::spec
