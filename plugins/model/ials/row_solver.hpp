// How the factors of one user (or item) are solved for, the other side's as they are. See README.md
// beside this file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/sparse_rows.hpp"

namespace ials {

constexpr std::size_t kAhead = 16;  // entries between asking for a row of factors and using it

// What all rows of a side have in common: the factors y of the other side, and what its cells
// weigh. An entry's value w is what the cell of an interaction weighs more than one without.
struct OtherSide {
  cofi::kernels::RowTable table;
  std::vector<float> gram;  // [width x stride] unobserved_weight times sum of y y', symmetric
  float unobserved_weight = 1;
};

// Lowers, or minimizes, by x
//   sum over the row's entries of (unobserved_weight + w) (1 - y.x)^2
//     + unobserved_weight * sum over all others of (y.x)^2 + penalty |x|^2
// One thread's: solvers have memory of their own.
class RowSolver {
 public:
  virtual ~RowSolver() = default;
  // x [stride]: where to start; padding zero.
  virtual void solve(cofi::View<cofi::SparseRows::Entry> row, double penalty, float* x) = 0;
};

// The minimum: normal equations and Cholesky's factorization.
std::unique_ptr<RowSolver> cholesky(const OtherSide& other);
// So many steps of the conjugate gradient method from x (Takacs, Pilaszy and Tikk 2011).
std::unique_ptr<RowSolver> conjugate_gradient(const OtherSide& other, std::int64_t steps);
// For each block of so many factors in turn, their minimum, the others as they are (iALS++: Rendle,
// Krichene, Zhang and Koren 2021).
std::unique_ptr<RowSolver> block(const OtherSide& other, std::int64_t size);

}  // namespace ials
