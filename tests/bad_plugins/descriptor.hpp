// A right descriptor, for the plugins that spoil one field of it.
#pragma once

#include "silent.hpp"

#define COFI_TEST_TAG(name)                       \
  extern "C" COFI_API const auto cofi_build_tag = \
      cofi::plugin::tag_text(COFI_BUILD_TAG, "metric", name, "1.0.0", "Has one wrong field.")

namespace {

constexpr cofi_plugin right(const char* tag, const char* name) {
  return {COFI_MAGIC,
          sizeof(cofi_plugin),
          COFI_ABI_VERSION,
          tag,
          "metric",
          name,
          "1.0.0",
          "Has one wrong field.",
          nullptr,
          0,
          0,
          &cofi::plugin::create<cofi::Metric, Silent>};
}

}  // namespace
