// Epochs of stochastic gradient descent for factor models with implicit feedback.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/kernels/implicit.hpp"

namespace cofi::kernels {

// What a pass trains: mean + b_u + b_i + (p_u + sums_u) . (q_i + sums_i), where u are rows of the
// side that it goes by.
struct ImplicitPass {
  // A side's tables, and a penalty a row of each.
  struct Side {
    float* bias = nullptr;               // [rows]
    RowTable factors;                    // no data: none (of the own side alone)
    const float* reg_bias = nullptr;     // [rows]
    const float* reg_factors = nullptr;  // [rows]
  };
  // A part of sums_u, and its vectors' penalties.
  struct Sets {
    ImplicitSets sets;
    const float* reg = nullptr;  // [rows of sets.vectors]
  };

  const SparseRows& ratings;  // by row of own
  float mean = 0;
  Side own, other;
  std::vector<Sets> sets;
  RowTable other_sums;      // sums_i, which stay as they are; no data: none
  float implicit_rate = 1;  // the learning rate of the sets' vectors over that of the others
};

// One epoch, row by row of own in shuffled order, a step for each of the row's ratings. While it is
// at a row, that row's sum follows every step as if the sets' vectors had taken it: their gradients
// are multiples of one vector, so that this is exact and costs no more than a step of the factors.
// The vectors are written once the row is through, and penalized then, for its m ratings at once:
// by a factor of max(0, 1 - m rate reg). One thread. Returns the sum of the ratings' losses, each
// before its step.
COFI_API double implicit_pass(const SgdPass& pass, const ImplicitPass& model);

}  // namespace cofi::kernels
