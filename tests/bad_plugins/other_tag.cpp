#include "descriptor.hpp"

COFI_TEST_TAG("other_tag");

namespace {

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "other_tag");
  plugin.name = "good";
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
