#include "descriptor.hpp"

COFI_TEST_TAG("short_struct");

namespace {

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "short_struct");
  plugin.struct_size -= 8;
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
