#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "cofi/kernels/normal_equations.hpp"
#include "cofi/random.hpp"

using cofi::kernels::gram;
using cofi::kernels::NormalEquations;

namespace {

// Gauss' elimination with pivots in float64: matrix [n][n] x = right.
std::vector<double> eliminated(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r) {
      if (std::abs(matrix[r][c]) > std::abs(matrix[pivot][c])) pivot = r;
    }
    std::swap(matrix[c], matrix[pivot]);
    std::swap(right[c], right[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double factor = matrix[r][c] / matrix[c][c];
      for (std::size_t k = c; k < n; ++k) matrix[r][k] -= factor * matrix[c][k];
      right[r] -= factor * right[c];
    }
  }
  for (std::size_t c = 0; c < n; ++c) right[c] /= matrix[c][c];
  return right;
}

}  // namespace

TEST_CASE("NormalEquations") {
  SECTION("two unknowns, by hand") {
    // [[2, 1], [1, 2]] + I, right (3, 4): x = (5, 9) / 8
    NormalEquations equations(2);
    equations.start();
    const float rows[][2] = {{1, 0}, {1, 1}, {0, 1}}, targets[] = {1, 2, 2};
    for (int n = 0; n < 3; ++n) equations.add(rows[n], 1, targets[n]);
    equations.penalize(0, 2, 1);
    std::vector<float> x(static_cast<std::size_t>(equations.stride()), -1);
    equations.solve(x.data());
    CHECK(x[0] == Approx(5.0 / 8));
    CHECK(x[1] == Approx(9.0 / 8));
    CHECK(x[2] == 0);
  }
  SECTION("what elimination in float64 finds, for any width and number of rows") {
    for (const std::int64_t width : {1, 3, 4, 15, 16, 17, 33, 64, 70}) {
      for (const int count : {0, 1, 31, 32, 33, 200}) {
        CAPTURE(width, count);
        const auto n = static_cast<std::size_t>(width);
        cofi::Random random(5);
        NormalEquations equations(width);
        const auto stride = static_cast<std::size_t>(equations.stride());
        std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
        std::vector<float> base(n * stride), row(n);
        for (std::size_t i = 0; i < n; ++i) matrix[i][i] = base[i * stride + i] = 0.5F;
        for (std::size_t i = 0; i + 1 < n; ++i) {
          matrix[i][i + 1] = matrix[i + 1][i] = base[i * stride + i + 1] =
              base[(i + 1) * stride + i] = 0.125F;
        }
        std::vector<double> right(n);
        equations.start(base.data());
        for (int p = 0; p < count; ++p) {
          for (float& value : row) value = static_cast<float>(random.normal());
          const auto weight = static_cast<float>(random.uniform(0, 3));
          const auto target = static_cast<float>(random.normal());
          equations.add(row.data(), weight, target);
          for (std::size_t i = 0; i < n; ++i) {
            right[i] += double{target} * row[i];
            for (std::size_t j = 0; j < n; ++j) matrix[i][j] += double{weight} * row[i] * row[j];
          }
        }
        equations.penalize(0, width, 0.25);
        equations.penalize(width - 1, width, 2);
        for (std::size_t i = 0; i < n; ++i) matrix[i][i] += 0.25;
        matrix[n - 1][n - 1] += 2;
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = i; j < n; ++j) {
            CHECK(equations.matrix()[i * stride + j] == Approx(matrix[i][j]).margin(1e-4));
          }
        }
        std::vector<float> x(stride);
        equations.solve(x.data());
        const std::vector<double> expected = eliminated(matrix, right);
        for (std::size_t i = 0; i < n; ++i) CHECK(x[i] == Approx(expected[i]).margin(2e-4));
      }
    }
  }
  SECTION("double decides where float32 would lose the digits") {
    // [[1, 1], [1, 1 + 1/4096]] has the inverse [[4097, -4096], [-4096, 4096]].
    NormalEquations equations(2);
    const float one_one[] = {1, 1}, second[] = {0, 1.0F / 64};
    equations.start();
    equations.add(one_one, 1, 3);
    equations.add(second, 1, 1.0F / 32);
    std::vector<float> x(static_cast<std::size_t>(equations.stride()));
    equations.solve(x.data());  // 3 (1, 1) + (0, 1/2048): x = (1, 2)
    CHECK(x[0] == Approx(1).epsilon(1e-6));
    CHECK(x[1] == Approx(2).epsilon(1e-6));
  }
  SECTION("fewer rows than unknowns and no penalty: an error that says what to do") {
    NormalEquations equations(3);
    const float row[] = {1, 2, 3};
    equations.start();
    equations.add(row, 1, 1);
    std::vector<float> x(static_cast<std::size_t>(equations.stride()));
    CHECK_THROWS_WITH(equations.solve(x.data()),
                      Catch::Contains("3 factors") && Catch::Contains("raise the regularization"));
  }
}

TEST_CASE("gram: sums of products of columns, the same bits for any number of threads") {
  constexpr std::int64_t kRows = 9000, kWidth = 21;
  const at::Tensor tensor = cofi::kernels::padded_rows(kRows, kWidth);
  const auto table = cofi::kernels::row_table(tensor);
  cofi::Random random(7);
  std::vector<double> expected(kWidth * kWidth);
  for (std::int64_t id = 0; id < kRows; ++id) {
    float* row = table.row(id);
    for (std::int64_t f = 0; f < kWidth; ++f) row[f] = static_cast<float>(random.normal());
    for (std::size_t i = 0; i < kWidth; ++i) {
      for (std::size_t j = 0; j < kWidth; ++j) expected[i * kWidth + j] += double{row[i]} * row[j];
    }
  }
  const cofi::ThreadPool one(1), three(3);
  const std::vector<float> found = gram(table, kRows, one);
  const auto stride = static_cast<std::size_t>(cofi::kernels::padded(kWidth));
  REQUIRE(found.size() == kWidth * stride);
  for (std::size_t i = 0; i < kWidth; ++i) {
    for (std::size_t j = 0; j < stride; ++j) {
      const double value = j < kWidth ? expected[i * kWidth + j] : 0;
      CHECK(found[i * stride + j] == Approx(value).margin(0.02));
    }
  }
  CHECK(gram(table, kRows, three) == found);
}
