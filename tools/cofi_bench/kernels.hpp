// The CPU kernels on the shapes of well-known data sets.
#pragma once

#include "cofi/parallel.hpp"

#include "measure.hpp"

namespace cofi::bench {

void run_kernels(const Table& table, const ThreadPool& pool);

}  // namespace cofi::bench
