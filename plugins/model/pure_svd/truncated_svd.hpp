// The right singular vectors of a large sparse matrix by randomized subspace iteration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cofi/parallel.hpp"
#include "cofi/random.hpp"
#include "cofi/sparse_rows.hpp"

namespace pure_svd {

// Rows of `width` doubles.
struct Panel {
  std::size_t width = 0;
  std::vector<double> values;  // [rows x width]

  Panel(std::size_t rows, std::size_t row_width)
      : width(row_width), values(rows * row_width, 0.0) {}
  std::size_t rows() const { return width == 0 ? 0 : values.size() / width; }
  double* row(std::size_t n) { return values.data() + n * width; }
  const double* row(std::size_t n) const { return values.data() + n * width; }
};

struct SvdOptions {
  std::size_t factors, oversample, iterations;
};

// [columns x factors]: the right singular vectors of the largest singular values, descending; of a
// matrix of lower rank the last ones are zero. `rows` is the matrix, `columns` its transpose;
// factors + oversample may exceed neither size. Halko, Martinsson and Tropp (2011), algorithms 4.4
// and 5.1: an orthonormal basis Z of (A'A)^iterations A'A W, W random, then the eigenvectors of
// (A Z)'(A Z). All in double and in an order that does not depend on threads.
Panel right_singular_vectors(const cofi::SparseRows& rows, const cofi::SparseRows& columns,
                             const SvdOptions& options, const cofi::Random& random,
                             const cofi::ThreadPool& pool);

// In place of its rows: an orthonormal basis of the space that the panel's columns span (Cholesky
// QR, twice; Yamamoto et al. 2015). Columns that those before them span become zero.
void orthonormalize(Panel& panel, const cofi::ThreadPool& pool);

// The eigenvalues of a symmetric matrix [n x n], descending, and the eigenvectors [n x n] as the
// columns of `vectors`, by cyclic Jacobi rotations (Golub and Van Loan 2013, section 8.5).
struct Eigen {
  std::vector<double> values, vectors;
};
Eigen symmetric_eigen(std::vector<double> matrix, std::size_t n);

}  // namespace pure_svd
