#include "descriptor.hpp"

COFI_TEST_TAG("null_create");

namespace {

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "null_create");
  plugin.create = nullptr;
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
