#include "silent.hpp"

COFI_PLUGIN(cofi::Metric, Silent, "good", "1.2.3", "Nothing is wrong with it.", cofi::kNoParams)
