// The scores of every item for some users, as evaluation asks a factor model for them.
#pragma once

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/kernels/factors.hpp"

namespace cofi::kernels {

// out[users x items], row-major: the model's value of the items [0, items) for each user; the terms
// of an unknown user (-1) drop out. The work of one thread: users times items times factors, best
// for some dozens of users a call.
//
// Each dot product is summed from the first factor to the last by fused multiply-add, so a value
// depends on neither the other users of the call nor on threads or CPU. (predict sums in
// lanes: its values differ from these in the last bits.)
COFI_API void scores(const BiasedFactors& model, View<std::int32_t> users, std::int32_t items,
                     float* out);

}  // namespace cofi::kernels
