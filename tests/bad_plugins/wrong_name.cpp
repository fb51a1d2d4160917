#include "silent.hpp"

COFI_PLUGIN(cofi::Metric, Silent, "another", "1.0.0", "Calls itself another.", cofi::kNoParams)
