// What a plugin's source needs to declare itself: parameter rows and COFI_PLUGIN.
#pragma once

#include <cstddef>
#include <limits>

#include "cofi/params.hpp"
#include "cofi/plugin/abi.h"
#include "cofi/plugin/build_tag.hpp"

namespace cofi {

// Makers of parameter rows, for a constexpr table beside the class. A default is YAML text; none
// (nullptr) makes the parameter required; "null" makes it optional (Params::has tells).
constexpr cofi_param integer(const char* name, const char* fallback, double low, double high,
                             const char* doc) {
  return {name, COFI_INT, COFI_ONE, nullptr, fallback, low, high, nullptr, 0, doc};
}
constexpr cofi_param real(const char* name, const char* fallback, double low, double high,
                          const char* doc) {
  return {name, COFI_REAL, COFI_ONE, nullptr, fallback, low, high, nullptr, 0, doc};
}
constexpr cofi_param boolean(const char* name, const char* fallback, const char* doc) {
  return {name, COFI_BOOL, COFI_ONE, nullptr, fallback, 0, 1, nullptr, 0, doc};
}
constexpr cofi_param text(const char* name, const char* fallback, const char* doc) {
  return {name, COFI_STRING, COFI_ONE, nullptr, fallback, 0, 0, nullptr, 0, doc};
}
// choices: "a|b|c"
constexpr cofi_param choice(const char* name, const char* fallback, const char* choices,
                            const char* doc) {
  return {name, COFI_STRING, COFI_ONE, nullptr, fallback, 0, 0, choices, 0, doc};
}
// A nested plugin of the given kind ("optimizer", "model", ...), built before its owner.
constexpr cofi_param nested(const char* name, const char* fallback, const char* kind,
                            const char* doc) {
  return {name, COFI_PLUGIN_TYPE, COFI_ONE, kind, fallback, 0, 0, nullptr, 0, doc};
}
constexpr cofi_param list_of(cofi_param row) {
  row.shape = COFI_LIST;
  return row;
}
constexpr cofi_param map_of(cofi_param row) {
  row.shape = COFI_MAP;
  return row;
}
// A parameter that matters only after the fit: cells that differ in it alone share one fit.
constexpr cofi_param late(cofi_param row) {
  row.late = 1;
  return row;
}

// An empty parameter table.
constexpr cofi_param kNoParams[1] = {};

namespace plugin {

template <std::size_t N>
constexpr unsigned count(const cofi_param (&rows)[N]) {
  return rows[0].name == nullptr ? 0 : N;
}

// Builds Class from Params and hands out Interface's pointer as void*.
template <class Interface, class Class>
void* create(const void* params) {
  Interface* made = new Class(*static_cast<const Params*>(params));
  return made;
}

}  // namespace plugin
}  // namespace cofi

// The one declaration that makes a source file a plugin. Class has a constructor from
// `const cofi::Params&`; params is a constexpr table of rows or cofi::kNoParams.
#define COFI_PLUGIN(Interface, Class, plugin_name, plugin_version, plugin_summary, params) \
  extern "C" COFI_API const auto cofi_build_tag = ::cofi::plugin::tag_text(                \
      COFI_BUILD_TAG, Interface::kKind, plugin_name, plugin_version, plugin_summary);      \
  extern "C" COFI_API const cofi_plugin cofi_plugin_entry = {                              \
      COFI_MAGIC,       sizeof(cofi_plugin),                                               \
      COFI_ABI_VERSION, cofi_build_tag.text,                                               \
      Interface::kKind, plugin_name,                                                       \
      plugin_version,   plugin_summary,                                                    \
      params,           ::cofi::plugin::count(params),                                     \
      Class::kUses,     &::cofi::plugin::create<Interface, Class>};
