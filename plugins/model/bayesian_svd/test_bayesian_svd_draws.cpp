// The distributions that the sampler of model/bayesian_svd draws from.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "cofi/kernels/rows.hpp"
#include "cofi/random.hpp"

#include "gaussian.hpp"
#include "normal.hpp"
#include "prior.hpp"

namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix square(std::size_t n) { return Matrix(n, std::vector<double>(n)); }

// By Gauss-Jordan elimination; for positive definite matrices.
Matrix inverse(Matrix a) {
  const std::size_t n = a.size();
  Matrix b = square(n);
  for (std::size_t k = 0; k < n; ++k) b[k][k] = 1;
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = a[k][k];
    for (std::size_t c = 0; c < n; ++c) {
      a[k][c] /= pivot;
      b[k][c] /= pivot;
    }
    for (std::size_t r = 0; r < n; ++r) {
      if (r == k) continue;
      const double factor = a[r][k];
      for (std::size_t c = 0; c < n; ++c) {
        a[r][c] -= factor * a[k][c];
        b[r][c] -= factor * b[k][c];
      }
    }
  }
  return b;
}

// A row's draw from where it stands, with given noise; the ratings are `features` and targets.
struct Row {
  std::int64_t width;
  std::vector<std::vector<double>> features;
  std::vector<double> targets;
  double noise;
  Matrix precision;
  std::vector<double> mean;

  std::vector<double> drawn(const std::vector<float>& from,
                            const std::vector<float>& normal) const {
    const auto n = static_cast<std::int32_t>(features.size());
    const at::Tensor table = cofi::kernels::padded_rows(n, width);
    const cofi::kernels::RowTable rows = cofi::kernels::row_table(table);
    std::vector<std::int32_t> ids;
    std::vector<float> t;
    for (std::int32_t k = 0; k < n; ++k) {
      const auto at = static_cast<std::size_t>(k);
      for (std::size_t c = 0; c < features[at].size(); ++c) {
        rows.row(k)[c] = static_cast<float>(features[at][c]);
      }
      ids.push_back(k);
      t.push_back(static_cast<float>(targets[at]));
    }
    const auto stride = static_cast<std::size_t>(rows.stride), d = static_cast<std::size_t>(width);
    std::vector<float> gram(d * stride), target(stride), own(stride), z(stride);
    std::copy(from.begin(), from.end(), own.begin());
    std::copy(normal.begin(), normal.end(), z.begin());
    bayesian::sum_ratings(rows, ids, t.data(), gram.data(), target.data());
    bayesian::subtract_product(gram.data(), own.data(), 1, rows, target.data());
    std::vector<double> root(d * stride), x(stride);
    for (std::size_t r = 0; r < d; ++r) {
      x[r] = noise * target[r];
      for (std::size_t c = 0; c < d; ++c) {
        root[r * stride + c] = precision[r][c] + noise * gram[r * stride + c];
        x[r] += precision[r][c] * (mean[c] - own[c]);
      }
    }
    bayesian::factorize(root.data(), width, rows.stride);
    bayesian::step(root.data(), width, rows.stride, z.data(), x.data());
    for (std::size_t c = 0; c < d; ++c) x[c] += own[c];
    x.resize(d);
    return x;
  }

  // A^-1 = (precision + noise * sum x x')^-1 and A^-1 (precision * mean + noise * sum t x).
  Matrix covariance() const {
    Matrix a = precision;
    for (const auto& x : features) {
      for (std::size_t r = 0; r < a.size(); ++r) {
        for (std::size_t c = 0; c < a.size(); ++c) a[r][c] += noise * x[r] * x[c];
      }
    }
    return inverse(a);
  }
  std::vector<double> expected() const {
    std::vector<double> b(mean.size()), x(mean.size());
    for (std::size_t r = 0; r < b.size(); ++r) {
      for (std::size_t c = 0; c < b.size(); ++c) b[r] += precision[r][c] * mean[c];
      for (std::size_t n = 0; n < features.size(); ++n) b[r] += noise * targets[n] * features[n][r];
    }
    const Matrix a = covariance();
    for (std::size_t r = 0; r < b.size(); ++r) {
      x[r] = std::inner_product(a[r].begin(), a[r].end(), b.begin(), 0.0);
    }
    return x;
  }
};

void check(const Row& row) {
  const auto d = static_cast<std::size_t>(row.width);
  const std::vector<double> mean = row.expected();
  for (const float start : {0.0F, 0.7F}) {
    const std::vector<float> from(d, start);
    const std::vector<double> center = row.drawn(from, std::vector<float>(d));
    Matrix moved;  // by each of the noise's coordinates: the columns of U^-1
    for (std::size_t k = 0; k < d; ++k) {
      std::vector<float> normal(d);
      normal[k] = 1;
      moved.push_back(row.drawn(from, normal));
    }
    const Matrix covariance = row.covariance();
    for (std::size_t r = 0; r < d; ++r) {
      CHECK(center[r] == Approx(mean[r]).epsilon(1e-4).margin(1e-5));
      for (std::size_t c = 0; c < d; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < d; ++k) {
          sum += (moved[k][r] - center[r]) * (moved[k][c] - center[c]);
        }
        CHECK(sum == Approx(covariance[r][c]).epsilon(1e-4).margin(1e-6));
      }
    }
  }
}

}  // namespace

TEST_CASE("model/bayesian_svd draws a row from its conditional distribution") {
  SECTION("a bias: mean noise sum t / (precision + noise n), variance one over that") {
    const Row bias{1, {{1}, {1}, {1}}, {0.5, -1, 2}, 1.5, {{4}}, {0}};
    CHECK(bias.expected()[0] == Approx(1.5 * 1.5 / (4 + 1.5 * 3)));
    CHECK(bias.covariance()[0][0] == Approx(1 / (4 + 1.5 * 3)));
    check(bias);
  }
  SECTION("factors and a bias, for counts and widths around what loops take at a time") {
    cofi::Random random = cofi::Random(3).stream("rows");
    for (const std::size_t d : {2, 5, 11, 16, 19}) {
      for (const std::size_t count : {0, 1, 4, 9, 40}) {
        Row row{static_cast<std::int64_t>(d), {}, {}, 1.3, square(d), {}};
        for (std::size_t r = 0; r < d; ++r) {
          row.mean.push_back(random.uniform(-1, 1));
          row.precision[r][r] = 3 + random.uniform();
          for (std::size_t c = 0; c < r; ++c) {
            row.precision[r][c] = row.precision[c][r] = random.uniform(-0.1, 0.1);
          }
        }
        for (std::size_t n = 0; n < count; ++n) {
          row.features.emplace_back();
          for (std::size_t c = 0; c + 1 < d; ++c) row.features[n].push_back(random.normal());
          row.features[n].push_back(1);
          row.targets.push_back(random.normal());
        }
        CAPTURE(d, count);
        check(row);
      }
    }
  }
}

TEST_CASE("model/bayesian_svd draws the prior of rows") {
  constexpr std::int64_t kWidth = 3;
  SECTION("around the mean and covariance of many rows") {
    constexpr std::int32_t kRows = 20000;
    const at::Tensor table = cofi::kernels::padded_rows(kRows, kWidth);
    const cofi::kernels::RowTable rows = cofi::kernels::row_table(table);
    cofi::Random random = cofi::Random(5).stream("rows");
    std::vector<std::int32_t> ids(kRows);
    std::iota(ids.begin(), ids.end(), 0);
    for (const std::int32_t id : ids) {
      const double common = random.normal();
      rows.row(id)[0] = static_cast<float>(2 + common);
      rows.row(id)[1] = static_cast<float>(-1 + common + random.normal());
      rows.row(id)[2] = static_cast<float>(0.5 * random.normal());
    }
    // Of covariance [1 1 0; 1 2 0; 0 0 1/4].
    const bayesian::Prior prior = bayesian::draw_prior(rows, ids, random.stream("prior"));
    const auto stride = static_cast<std::size_t>(rows.stride);
    const double expected[3][3] = {{2, -1, 0}, {-1, 1, 0}, {0, 0, 4}};
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) {
        CHECK(prior.precision[r * stride + c] == Approx(expected[r][c]).margin(0.15));
      }
    }
    CHECK(prior.mean[0] == Approx(2).margin(0.05));
    CHECK(prior.mean[1] == Approx(-1).margin(0.05));
    CHECK(prior.mean[2] == Approx(0).margin(0.05));
  }
  SECTION("without rows, from the hyperprior: the mean of a Wishart(I, 3) is 3 I") {
    const at::Tensor table = cofi::kernels::padded_rows(1, kWidth);
    const cofi::Random random = cofi::Random(5).stream("priors");
    constexpr std::size_t kDraws = 20000;
    Matrix sum = square(3);
    double variance = 0;  // of the mean: E[(2 precision)^-1] has none for 3, so its scaled square
    for (std::size_t n = 0; n < kDraws; ++n) {
      const bayesian::Prior prior =
          bayesian::draw_prior(cofi::kernels::row_table(table), {}, random.stream(n));
      const std::size_t stride = prior.mean.size();
      for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 3; ++c) {
          sum[r][c] += prior.precision[r * stride + c] / kDraws;
          variance += 2 * prior.precision[r * stride + c] * prior.mean[r] * prior.mean[c] / kDraws;
        }
      }
    }
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) CHECK(sum[r][c] == Approx(r == c ? 3 : 0).margin(0.1));
    }
    CHECK(variance == Approx(3).margin(0.1));  // chi-squared of 3 degrees of freedom
  }
}

TEST_CASE("model/bayesian_svd's normal distribution") {
  SECTION("functions against the standard library's") {
    for (float x = 1e-37F; x < 1e30F; x *= 1.37F) {
      CHECK(bayesian::log_of(x) == Approx(std::log(double{x})).epsilon(3e-7).margin(3e-7));
    }
    for (float x = -86; x <= 0; x += 0.37F) {
      CHECK(bayesian::exp_of(x) == Approx(std::exp(double{x})).epsilon(5e-7));
    }
    for (float x = -12; x <= 6; x += 0.13F) {
      const double below = 0.5 * std::erfc(-double{x} / std::sqrt(2.0));
      CHECK(bayesian::probability_below(x) == Approx(below).epsilon(1e-5));
    }
    for (float x = -9; x <= 3; x += 0.13F) {
      const double below = 0.5 * std::erfc(-double{x} / std::sqrt(2.0));
      CHECK(bayesian::quantile(static_cast<float>(below)) == Approx(x).margin(5e-5));
    }
  }
  SECTION("numbers with its moments, uncorrelated with their neighbors") {
    constexpr std::size_t kCount = 1000003;
    std::vector<float> z(kCount + 1, 77);
    cofi::Random random = cofi::Random(2).stream("normal");
    bayesian::fill_normal(random, z.data(), kCount);
    CHECK(z.back() == 77);
    double sums[5] = {}, pairs = 0, halves = 0, beyond = 0;
    for (std::size_t n = 0; n < kCount; ++n) {
      double power = 1;
      for (double& sum : sums) sum += power / kCount, power *= z[n];
      pairs += double{z[n]} * z[(n + 1) % kCount] / kCount;
      halves += double{z[n]} * z[(n + 8) % kCount] / kCount;
      beyond += std::abs(z[n]) > 3 ? 1.0 / kCount : 0;
    }
    CHECK(sums[1] == Approx(0).margin(0.004));
    CHECK(sums[2] == Approx(1).margin(0.006));
    CHECK(sums[3] == Approx(0).margin(0.016));
    CHECK(sums[4] == Approx(3).margin(0.04));
    CHECK(pairs == Approx(0).margin(0.004));
    CHECK(halves == Approx(0).margin(0.004));
    CHECK(beyond == Approx(0.0026998).margin(0.0003));
  }
  SECTION("gamma numbers: mean and variance are the shape") {
    cofi::Random random = cofi::Random(2).stream("gamma");
    for (const double shape : {0.3, 1.0, 7.5}) {
      double sum = 0, squares = 0;
      constexpr int kCount = 200000;
      for (int n = 0; n < kCount; ++n) {
        const double drawn = bayesian::draw_gamma(random, shape);
        sum += drawn / kCount;
        squares += drawn * drawn / kCount;
      }
      CHECK(sum == Approx(shape).epsilon(0.02));
      CHECK(squares - sum * sum == Approx(shape).epsilon(0.05));
    }
  }
}
