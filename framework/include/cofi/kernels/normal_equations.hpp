// Normal equations of factor models: what alternating least squares solves for each user and item.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"

namespace cofi::kernels {

// Collects weighted rows y [width] with targets, then solves
//   (base + sum of weight y y' + penalties on the diagonal) x = sum of target y
// in float32; in double where float32 would lose too many digits. The bits depend on the order of
// the rows alone. Memory 2 width^2 floats; the work of one thread.
class COFI_API NormalEquations {
 public:
  explicit NormalEquations(std::int64_t width);

  std::int64_t width() const { return width_; }
  // Floats from one row of a matrix to the next: the width, padded to whole cache lines.
  std::int64_t stride() const { return stride_; }

  // Starts again from zeros, or from a symmetric matrix [width x stride] whose padding is zero.
  void start();
  void start(const float* base);
  // One row y [width], which need not be padded.
  void add(const float* row, float weight, float target);
  // Adds a penalty to the diagonal's places [begin, end).
  void penalize(std::int64_t begin, std::int64_t end, double penalty);
  // x[stride]: the solution, its padding zero. An Error where there is no single one that float32
  // sums can tell from others.
  void solve(float* x);

  // The matrix so far, [width x stride]: of row i the columns from i on.
  const float* matrix();

 private:
  void flush();
  bool factorize();
  void solve_in_double(float* x) const;

  std::int64_t width_, stride_;
  std::int64_t pending_ = 0;            // rows that wait for being multiplied together
  std::vector<float> rows_, weighted_;  // [kPending x stride] y, and weight y
  std::vector<float> matrix_;           // [stride x stride] the upper triangle
  std::vector<float> factor_;           // [stride x stride] U of U'U = matrix
  std::vector<float> right_;            // [stride]
};

// The Gram matrix sum of y y' over a table's rows, [width x padded(width)], both triangles: float32
// sums of fixed blocks of rows, added in double in the blocks' order.
COFI_API std::vector<float> gram(const RowTable& table, std::int64_t rows, const ThreadPool& pool);

}  // namespace cofi::kernels
