#include "descriptor.hpp"

COFI_TEST_TAG("wrong_magic");

namespace {

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "wrong_magic");
  plugin.magic += 1;
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
