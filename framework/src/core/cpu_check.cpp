// Compiled for plain x86-64 and free of inline functions of the standard library: the linker keeps
// one copy of those, and that may be one with the instructions this file is about.
#include "core/cpu_check.hpp"

#include <stdio.h>
#include <unistd.h>

namespace cofi {
namespace {

constexpr int kUserError = 2;

// Before any other constructor of libcofi (101 is the first priority that is not the compiler's
// own), and so before main.
__attribute__((constructor(101))) void check_cpu() {
  __builtin_cpu_init();
  const CpuFeatures features = {
      __builtin_cpu_supports("avx2") != 0, __builtin_cpu_supports("bmi") != 0,
      __builtin_cpu_supports("bmi2") != 0, __builtin_cpu_supports("fma") != 0};
  char text[512];
  if (!cpu_complaint(features, text, sizeof text)) return;
  fputs(text, stderr);
  _exit(kUserError);
}

}  // namespace

bool cpu_complaint(const CpuFeatures& features, char* text, size_t size) {
  if (features.avx2 && features.bmi && features.bmi2 && features.fma) return false;
  snprintf(
      text, size,
      "cofi was built for x86-64-v3 CPUs (Intel from Haswell, AMD from Excavator on), and this "
      "one lacks%s%s%s%s; build cofi on this machine with cmake -DCOFI_NATIVE=ON\n",
      features.avx2 ? "" : " AVX2", features.bmi ? "" : " BMI1", features.bmi2 ? "" : " BMI2",
      features.fma ? "" : " FMA");
  return true;
}

}  // namespace cofi
