// The inverse of a large symmetric positive definite matrix, on all threads.
#pragma once

#include <cstdint>

#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"

namespace ease {

// Replaces the lower triangle of A [n x n] (padded rows; of A only the lower triangle is read) by
// that of -A^-1. The symmetric sweep operator (Goodnight 1979, "A tutorial on the SWEEP operator")
// on blocks of columns K, in place:
//   A_KK <- -A_KK^-1,  A_IK <- A_IK A_KK^-1,  A_IJ <- A_IJ - A_IK A_KK^-1 A_KJ
// n^3 floating point operations, as Cholesky's factorization and the inverse from it take, but all
// of them in products of matrices and without a chain from tile to tile. In float32, blocks A_KK in
// double; an Error where one is not positive definite. Every sum is a chain of fused multiply-adds
// in a fixed order: the same bits for any number of threads and on any CPU. Memory besides A: 2048
// n bytes.
void negative_inverse(const cofi::kernels::RowTable& matrix, std::int64_t n,
                      const cofi::ThreadPool& pool);

}  // namespace ease
