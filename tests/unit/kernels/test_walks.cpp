#include <catch2/catch.hpp>

#include <cmath>

#include "cofi/kernels/walks.hpp"

#include "unit/kernels/sparse.hpp"

using cofi::SparseRows;
using cofi::ThreadPool;
using cofi::kernels::walk_weights;
using cofi::kernels::WalkOptions;
using cofi::test::Dense;

namespace {

const Dense kValues = {{1, 2, 0, 0}, {3, 1, 4, 0}, {0, 5, 1, 2}};

// The formula of the header, in double.
Dense expected(const WalkOptions& options) {
  const std::size_t users = kValues.size(), items = kValues[0].size();
  std::vector<double> of_user(users), of_item(items);
  for (std::size_t v = 0; v < users; ++v) {
    for (std::size_t i = 0; i < items; ++i) {
      of_user[v] += kValues[v][i];
      of_item[i] += kValues[v][i];
    }
  }
  Dense weights(items, std::vector<double>(items));
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      if (i == j) continue;
      for (std::size_t v = 0; v < users; ++v) {
        if (kValues[v][i] == 0 || kValues[v][j] == 0) continue;
        weights[i][j] += std::pow(kValues[v][i] / of_item[i], options.alpha) *
                         std::pow(kValues[v][j] / of_user[v], options.alpha);
      }
      weights[i][j] *= std::pow(of_item[j], -options.beta);
    }
  }
  return weights;
}

void check_equal(const Dense& found, const Dense& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      CAPTURE(i, j);
      CHECK(found[i][j] == Approx(wanted[i][j]).epsilon(1e-6));
    }
  }
}

}  // namespace

TEST_CASE("walk_weights") {
  const ThreadPool one(1), three(3);
  const SparseRows users = cofi::test::sparse(kValues);
  const auto weights = [&](const WalkOptions& options, const ThreadPool& pool) {
    return cofi::test::dense(walk_weights(users, 4, options, pool), 4);
  };
  SECTION("the formula, with powers and penalties") {
    for (const double alpha : {1.0, 1.7}) {
      for (const double beta : {0.0, 0.6}) {
        CAPTURE(alpha, beta);
        WalkOptions options;
        options.alpha = alpha;
        options.beta = beta;
        options.keep = 4;
        check_equal(weights(options, one), expected(options));
        CHECK(weights(options, three) == weights(options, one));
      }
    }
  }
  SECTION("the largest are kept, and add up to 1 where asked for") {
    WalkOptions options;
    options.keep = 1;
    Dense wanted = expected(options);
    for (std::vector<double>& row : wanted) {
      const double largest = *std::max_element(row.begin(), row.end());
      for (double& weight : row) weight = weight == largest ? weight : 0;
    }
    check_equal(weights(options, one), wanted);
    options.normalize = true;
    for (std::vector<double>& row : wanted) {
      for (double& weight : row) weight = weight > 0 ? 1 : 0;
    }
    check_equal(weights(options, one), wanted);
  }
  SECTION("a value that is not positive: an error that says what to do") {
    SparseRows rows = cofi::test::sparse({{1, -2}});
    CHECK_THROWS_WITH(cofi::kernels::take_steps(rows, 1),
                      Catch::Contains("there is one of -2") && Catch::Contains("values: binary"));
  }
}
