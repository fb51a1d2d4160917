#include "descriptor.hpp"

COFI_TEST_TAG("damaged_row");

namespace {

constexpr cofi_param kRows[] = {
    cofi::boolean("fine", "true", "A right row."),
    {"odd", 99, COFI_ONE, nullptr, "0", 0, 1, nullptr, 0, "A row of no type."},
};

constexpr cofi_plugin spoiled() {
  cofi_plugin plugin = right(cofi_build_tag.text, "damaged_row");
  plugin.params = kRows;
  plugin.param_count = 2;
  return plugin;
}

}  // namespace

extern "C" COFI_API const cofi_plugin cofi_plugin_entry = spoiled();
