#include "silent.hpp"

#undef COFI_BUILD_TAG
#define COFI_BUILD_TAG "headers=0123456789abcdef;torch=9.9.9;stdlib=libstdc++;cxx11abi=1"

COFI_PLUGIN(cofi::Metric, Silent, "other_build", "0.9.0", "Built elsewhere.", cofi::kNoParams)
