#include "descriptor.hpp"

COFI_TEST_TAG("returns_null");

namespace {

void* nothing(const void*) { return nullptr; }

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "returns_null");
  plugin.create = &nothing;
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
