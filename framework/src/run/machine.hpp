// The machine that a run works on: its threads, devices and memory.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "cofi/error.hpp"

namespace cofi::run {

// How many CPUs this process may use.
int available_cpus();
int gpu_count();

// Leaves one thread to LibTorch and its BLAS, whose results would depend on their number, and makes
// LibTorch take deterministic algorithms. The framework's own threads are its ThreadPool.
void use_one_library_thread();

// "cpu", "cuda", "cuda:N" or "auto" (a GPU where there is one); "cuda" and "auto" give each of a
// machine's ranks a GPU of its own. An Error that names what there is.
COFI_API c10::Device device_named(const std::string& name, int local_rank = 0);

// The high-water mark of resident memory since the last reset, in MiB.
COFI_API void reset_peak_memory();
COFI_API double peak_memory_mb();
double available_memory_mb();  // what the machine can still give, in MiB
double cpu_seconds();          // of this process so far

std::string cpu_name();
std::string gpu_names();  // empty where there is none
std::string blas_name();

}  // namespace cofi::run
