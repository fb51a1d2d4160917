#include "truncated_svd.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pure_svd {
namespace {

using cofi::ThreadPool;

constexpr std::int64_t kRowGrain = 64;

// out = A right, a row of A at a time.
Panel multiply(const cofi::SparseRows& matrix, const Panel& right, const ThreadPool& pool) {
  Panel out(static_cast<std::size_t>(matrix.size()), right.width);
  cofi::parallel_for(pool, matrix.size(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      double* __restrict sum = out.row(static_cast<std::size_t>(n));
      for (const auto& entry : matrix.row(static_cast<std::int32_t>(n))) {
        const double* row = right.row(static_cast<std::size_t>(entry.id));
        const double value = entry.value;
        for (std::size_t k = 0; k < right.width; ++k) sum[k] = std::fma(value, row[k], sum[k]);
      }
    }
  });
  return out;
}

// [width x width]: the panel's transpose times itself, the lower triangle.
std::vector<double> gram(const Panel& panel, const ThreadPool& pool) {
  const std::size_t width = panel.width;
  using Matrix = std::vector<double>;
  constexpr std::int64_t kBlock = 4096;  // few of them: each has a matrix of its own
  return cofi::parallel_reduce(
      pool, static_cast<std::int64_t>(panel.rows()), kBlock, Matrix(width * width),
      [&](std::int64_t begin, std::int64_t end) {
        Matrix sum(width * width);
        for (std::int64_t n = begin; n < end; ++n) {
          const double* row = panel.row(static_cast<std::size_t>(n));
          for (std::size_t a = 0; a < width; ++a) {
            double* __restrict out = sum.data() + a * width;
            for (std::size_t b = 0; b <= a; ++b) out[b] = std::fma(row[a], row[b], out[b]);
          }
        }
        return sum;
      },
      [](Matrix total, const Matrix& part) {
        for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
        return total;
      });
}

// The inverse of the lower triangular factor L of a Gram matrix L L', lower triangular as well;
// rows and columns of dependent vectors are zero.
std::vector<double> inverse_cholesky(std::vector<double> matrix, std::size_t n) {
  // What is left of a vector's square beside those before it: rounding, if it is less.
  constexpr double kDependent = 1e-10;
  for (std::size_t k = 0; k < n; ++k) {
    double* row = matrix.data() + k * n;
    const double square = row[k];
    for (std::size_t m = 0; m < k; ++m) {
      const double* other = matrix.data() + m * n;
      const double left = row[m] - std::inner_product(row, row + m, other, 0.0);
      row[m] = other[m] > 0 ? left / other[m] : 0;
    }
    const double rest = square - std::inner_product(row, row + k, row, 0.0);
    row[k] = rest > kDependent * square ? std::sqrt(rest) : 0;
    if (row[k] == 0) std::fill(row, row + k, 0.0);
  }
  std::vector<double> inverse(n * n);
  for (std::size_t k = 0; k < n; ++k) {
    const double* row = matrix.data() + k * n;
    if (row[k] == 0) continue;
    double* out = inverse.data() + k * n;
    for (std::size_t m = 0; m < k; ++m) {
      const double* other = inverse.data() + m * n;
      for (std::size_t c = 0; c <= m; ++c) out[c] -= row[m] * other[c];
    }
    for (std::size_t c = 0; c < k; ++c) out[c] /= row[k];
    out[k] = 1 / row[k];
  }
  return inverse;
}

// Each row x becomes the first `width` sums over c of x_c by[m][c] (transposed: by[c][m]).
Panel times(const Panel& panel, const std::vector<double>& by, bool transposed, std::size_t width,
            const ThreadPool& pool) {
  const std::size_t n = panel.width;
  // By the columns of the result, so that the inner loop runs along rows.
  std::vector<double> table(n * width);
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t m = 0; m < width; ++m) {
      table[c * width + m] = transposed ? by[c * n + m] : by[m * n + c];
    }
  }
  Panel out(panel.rows(), width);
  cofi::parallel_for(pool, static_cast<std::int64_t>(panel.rows()), kRowGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (auto r = static_cast<std::size_t>(begin);
                            r < static_cast<std::size_t>(end); ++r) {
                         const double* row = panel.row(r);
                         double* __restrict sum = out.row(r);
                         for (std::size_t c = 0; c < n; ++c) {
                           const double* line = table.data() + c * width;
                           for (std::size_t m = 0; m < width; ++m) {
                             sum[m] = std::fma(row[c], line[m], sum[m]);
                           }
                         }
                       }
                     });
  return out;
}

// One rotation of the Jacobi method: makes entry (p, q) zero.
void rotate(std::vector<double>& a, std::vector<double>& vectors, std::size_t n, std::size_t p,
            std::size_t q) {
  const double off = a[p * n + q];
  const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
  const double t = std::copysign(1 / (std::abs(theta) + std::sqrt(theta * theta + 1)), theta);
  const double c = 1 / std::sqrt(t * t + 1), s = t * c;
  for (std::size_t k = 0; k < n; ++k) {
    const double first = a[k * n + p], second = a[k * n + q];
    a[k * n + p] = c * first - s * second;
    a[k * n + q] = s * first + c * second;
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double first = a[p * n + k], second = a[q * n + k];
    a[p * n + k] = c * first - s * second;
    a[q * n + k] = s * first + c * second;
  }
  // Kept as rows here: they are next to each other.
  for (std::size_t k = 0; k < n; ++k) {
    const double first = vectors[p * n + k], second = vectors[q * n + k];
    vectors[p * n + k] = c * first - s * second;
    vectors[q * n + k] = s * first + c * second;
  }
}

}  // namespace

Eigen symmetric_eigen(std::vector<double> matrix, std::size_t n) {
  std::vector<double> rows(n * n);
  for (std::size_t k = 0; k < n; ++k) rows[k * n + k] = 1;
  double total = 0;
  for (const double value : matrix) total += value * value;
  // Convergence is quadratic: a handful of sweeps.
  constexpr int kSweeps = 60;
  constexpr double kRounding = 1e-30;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) off += matrix[p * n + q] * matrix[p * n + q];
    }
    if (off <= kRounding * total) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (matrix[p * n + q] != 0) rotate(matrix, rows, n, p, q);
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return matrix[a * n + a] > matrix[b * n + b];
  });
  Eigen eigen{{}, std::vector<double>(n * n)};
  for (std::size_t k = 0; k < n; ++k) {
    eigen.values.push_back(matrix[order[k] * n + order[k]]);
    for (std::size_t c = 0; c < n; ++c) eigen.vectors[c * n + k] = rows[order[k] * n + c];
  }
  return eigen;
}

void orthonormalize(Panel& panel, const ThreadPool& pool) {
  for (int pass = 0; pass < 2; ++pass) {
    const std::vector<double> inverse = inverse_cholesky(gram(panel, pool), panel.width);
    panel = times(panel, inverse, false, panel.width, pool);
  }
}

Panel right_singular_vectors(const cofi::SparseRows& rows, const cofi::SparseRows& columns,
                             const SvdOptions& options, const cofi::Random& random,
                             const ThreadPool& pool) {
  const std::size_t width = options.factors + options.oversample;
  Panel basis(static_cast<std::size_t>(columns.size()), width);
  cofi::parallel_for(pool, columns.size(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      cofi::Random own = random.stream(static_cast<std::uint64_t>(n));
      double* row = basis.row(static_cast<std::size_t>(n));
      std::generate_n(row, width, [&] { return own.uniform(-1, 1); });
    }
  });
  for (std::size_t n = 0; n <= options.iterations; ++n) {
    Panel left = multiply(rows, basis, pool);
    orthonormalize(left, pool);
    basis = multiply(columns, left, pool);
    orthonormalize(basis, pool);
  }
  std::vector<double> square = gram(multiply(rows, basis, pool), pool);
  for (std::size_t a = 0; a < width; ++a) {
    for (std::size_t b = 0; b < a; ++b) square[b * width + a] = square[a * width + b];
  }
  const Eigen eigen = symmetric_eigen(std::move(square), width);
  return times(basis, eigen.vectors, true, options.factors, pool);
}

}  // namespace pure_svd
