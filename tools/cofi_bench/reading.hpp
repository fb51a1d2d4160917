// Reading `user item rating` lines.
#pragma once

#include <cstdint>

#include "cofi/parallel.hpp"

namespace cofi::bench {

// Writes a text of so many lines, shaped like ml-20m, to a temporary file, reads it and prints
// lines a second and the memory that it took.
void run_reading(const ThreadPool& pool, std::int64_t lines);

}  // namespace cofi::bench
