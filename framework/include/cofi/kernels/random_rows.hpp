// Initial values of factors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::kernels {

// Padded rows [rows x width] around 0 with a standard deviation, normal or uniform, each drawn from
// a stream of its own.
COFI_API at::Tensor random_rows(std::int64_t rows, std::int64_t width, bool normal,
                                double deviation, const Random& random, const ThreadPool& pool);

// The same, [counts x width]; rows whose count is 0 stay zero.
COFI_API at::Tensor random_rows(View<std::int64_t> counts, std::int64_t width, bool normal,
                                double deviation, const Random& random, const ThreadPool& pool);

}  // namespace cofi::kernels
