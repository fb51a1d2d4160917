#include <catch2/catch.hpp>

#include "cofi/kernels/ridge.hpp"

using cofi::kernels::Ridge;

TEST_CASE("Ridge") {
  SECTION("without a penalty, rows that a line fits give that line") {
    // y = 2 + 3 t at t = 0, 1, 2, 3
    Ridge ridge(2);
    for (const double t : {0.0, 1.0, 2.0, 3.0}) {
      const double row[] = {1, t};
      ridge.add(row, 2 + 3 * t);
    }
    const std::vector<double> x = ridge.solve(0);
    CHECK(x[0] == Approx(2).epsilon(1e-12));
    CHECK(x[1] == Approx(3).epsilon(1e-12));
  }
  SECTION("the penalty shrinks: one unknown is sum ab / (sum aa + penalty)") {
    Ridge ridge(1);
    for (const double a : {1.0, 2.0}) ridge.add(&a, 4 * a);
    CHECK(ridge.solve(0)[0] == Approx(4));
    CHECK(ridge.solve(5)[0] == Approx(20.0 / 10));  // (4 + 16) / (1 + 4 + 5)
    ridge.clear();
    CHECK(ridge.solve(5)[0] == 0);
  }
  SECTION("two unknowns, by hand") {
    // A'A = [[2, 1], [1, 2]], A'b = [3, 4]; with penalty 1: [[3, 1], [1, 3]] x = [3, 4]
    Ridge ridge(2);
    const double rows[][2] = {{1, 0}, {1, 1}, {0, 1}};
    const double targets[] = {1, 2, 2};
    for (int n = 0; n < 3; ++n) ridge.add(rows[n], targets[n]);
    const std::vector<double> x = ridge.solve(1);
    CHECK(x[0] == Approx(5.0 / 8).epsilon(1e-14));
    CHECK(x[1] == Approx(9.0 / 8).epsilon(1e-14));
  }
  SECTION("what has no single solution is an error that says what to do") {
    Ridge ridge(2);
    const double row[] = {1, 1};
    ridge.add(row, 1);
    CHECK_THROWS_WITH(ridge.solve(0), Catch::Contains("2 unknowns") && Catch::Contains("raise it"));
    CHECK(ridge.solve(1)[0] == Approx(1.0 / 3));
  }
}
