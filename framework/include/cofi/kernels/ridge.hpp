// Small dense least squares, as models with a closed form for one row solve them.
#pragma once

#include <cstddef>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::kernels {

// Collects rows a [width] with targets b, then solves
//   x = argmin sum (b - a . x)^2 + penalty |x|^2
// by the normal equations (A'A + penalty I) x = A'b and Cholesky's factorization, all in double and
// in the order of the rows. Memory width^2; one thread.
class COFI_API Ridge {
 public:
  explicit Ridge(std::size_t width);

  void clear();
  void add(const double* row, double target);
  // The solution [width]; zeros where no row was added. penalty > 0, or as many independent rows as
  // the width: an Error where the equations have no single solution.
  std::vector<double> solve(double penalty) const;

 private:
  std::size_t width_;
  std::vector<double> gram_;   // [width x width], the lower triangle
  std::vector<double> right_;  // [width]
};

}  // namespace cofi::kernels
