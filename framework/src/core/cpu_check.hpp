// Says what is the matter on a CPU that lacks the instructions this build uses, where it would
// otherwise die of an illegal one.
#pragma once

#include <stddef.h>

#include "cofi/error.hpp"

namespace cofi {

struct CpuFeatures {
  bool avx2, bmi, bmi2, fma;  // of x86-64-v3, those that only it has
};

// Writes the message about what is missing to text [size]; false where nothing is.
COFI_API bool cpu_complaint(const CpuFeatures& features, char* text, size_t size);

}  // namespace cofi
