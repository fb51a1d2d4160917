#include "cofi/plugin/plugin.hpp"

extern "C" COFI_API const auto cofi_build_tag =
    cofi::plugin::tag_text(COFI_BUILD_TAG, "metric", "no_entry", "1.0.0", "A tag alone.");
