#include <ATen/ops/tensor.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "cofi/kernels/implicit.hpp"
#include "cofi/kernels/implicit_pass.hpp"
#include "cofi/random.hpp"
#include "cofi/solo_communicator.hpp"

#include "unit/kernels/sparse.hpp"

using namespace cofi::kernels;
using cofi::SparseRows;
using cofi::ThreadPool;
using cofi::test::Dense;

namespace {

using Table = std::vector<std::vector<double>>;

// Three sets of five ids; the last is empty.
const Dense kSets = {{1, 0, 2, 0, 0.5}, {0, 3, 0, 1, 0}, {0, 0, 0, 0, 0}};

at::Tensor random_table(std::int64_t rows, std::int64_t width, std::uint64_t seed) {
  cofi::Random random(seed);
  const at::Tensor tensor = padded_rows(rows, width);
  const RowTable table = row_table(tensor);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t c = 0; c < width; ++c) {
      table.row(row)[c] = static_cast<float>(random.uniform(-0.5, 0.5));
    }
  }
  return tensor;
}

Table copy(const RowTable& table, std::int64_t rows) {
  Table all;
  for (std::int64_t row = 0; row < rows; ++row) {
    all.emplace_back(table.row(row), table.row(row) + table.width);
  }
  return all;
}

// |set|^-1/2 times 1, or the value
double weight(std::size_t row, std::size_t id, bool weighted) {
  double size = 0;
  for (const double value : kSets[row]) size += value != 0 ? 1 : 0;
  if (kSets[row][id] == 0) return 0;
  return (weighted ? kSets[row][id] : 1) / std::sqrt(size);
}

std::vector<double> sum_of(std::size_t row, const Table& vectors, bool weighted) {
  std::vector<double> sum(vectors[0].size());
  for (std::size_t id = 0; id < vectors.size(); ++id) {
    for (std::size_t c = 0; c < sum.size(); ++c) {
      sum[c] += weight(row, id, weighted) * vectors[id][c];
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("sums of a row's implicit feedback") {
  constexpr std::int64_t kWidth = 19;
  const SparseRows rows = cofi::test::sparse(kSets);
  const at::Tensor tensor = random_table(5, kWidth, 2);
  const RowTable table = row_table(tensor);
  const Table vectors = copy(table, 5);
  const ThreadPool pool(2);
  for (const bool weighted : {false, true}) {
    const ImplicitSets sets{&rows, table, weighted};
    const at::Tensor sums = padded_rows(3, kWidth);
    implicit_sums({sets, sets}, row_table(sums), 3, pool);  // two parts, which add up
    const at::Tensor asked = at::tensor(std::vector<std::int32_t>{1, -1, 0, 1}, at::kInt);
    const at::Tensor differentiable = implicit_sums(rows, weighted, tensor, asked);
    for (std::size_t row = 0; row < 3; ++row) {
      CAPTURE(weighted, row);
      const std::vector<double> sum = sum_of(row, vectors, weighted);
      double gain = 0;
      for (std::size_t id = 0; id < 5; ++id) gain += std::pow(weight(row, id, weighted), 2);
      CHECK(sets.gain(static_cast<std::int32_t>(row)) == Approx(gain));
      for (std::int64_t c = 0; c < kWidth; ++c) {
        const double expected = sum[static_cast<std::size_t>(c)];
        CHECK(row_table(sums).row(static_cast<std::int64_t>(row))[c] ==
              Approx(2 * expected).margin(1e-6));
        if (row == 1) {
          CHECK(differentiable[0][c].item<float>() == Approx(expected).margin(1e-6));
          CHECK(differentiable[1][c].item<float>() == 0);
        }
      }
    }
    // The gradient's way back, of the ids from 1 to before 4.
    const at::Tensor gradient = padded_rows(5, kWidth), one = random_table(1, kWidth, 4);
    const ImplicitSets back{&rows, row_table(gradient), weighted};
    back.add(0, row_table(one).row(0), 1, 4);
    for (std::size_t id = 0; id < 5; ++id) {
      for (std::int64_t c = 0; c < kWidth; ++c) {
        const double expected =
            id >= 1 && id < 4 ? weight(0, id, weighted) * row_table(one).row(0)[c] : 0;
        CHECK(row_table(gradient).row(static_cast<std::int64_t>(id))[c] ==
              Approx(expected).margin(1e-7));
      }
    }
  }
  CHECK(appearances(rows, 5) == std::vector<std::int64_t>{1, 1, 1, 1, 1});
}

// Against steps that move every vector of a set at every rating.
TEST_CASE("implicit_pass: the steps of plain stochastic gradient descent") {
  constexpr std::int64_t kWidth = 5, kIds = 5;
  const SparseRows ratings =
      cofi::test::sparse({{4, 0, 2, 5, 0}, {0, 3, 0, 1, 0}, {1, 2, 0, 0, 0}});
  const SparseRows set_rows = cofi::test::sparse(kSets);
  const bool weighted = GENERATE(false, true);
  const bool has_sums = GENERATE(false, true);
  CAPTURE(weighted, has_sums);
  const at::Tensor own = random_table(3, kWidth, 1), other = random_table(kIds, kWidth, 2),
                   vectors = random_table(5, kWidth, 3), sums = random_table(kIds, kWidth, 4);
  std::vector<float> own_bias = {0.1F, -0.2F, 0.3F}, other_bias = {0, 0.5F, -0.5F, 0.25F, 0};
  const std::vector<float> reg_own = {0.01F, 0.02F, 0.03F}, reg_other(kIds, 0.04F), none(5, 0.0F);
  Table p = copy(row_table(own), 3), q = copy(row_table(other), kIds),
        y = copy(row_table(vectors), 5), fixed = copy(row_table(sums), kIds);
  std::vector<double> b(own_bias.begin(), own_bias.end()), d(other_bias.begin(), other_bias.end());
  constexpr double kRate = 0.02, kImplicit = 0.5, kMean = 3;
  const cofi::Random random(9);

  double losses = 0;
  cofi::Random order = random;
  for (const std::int32_t row : order.permutation(3)) {
    const auto u = static_cast<std::size_t>(row);
    for (const auto& [id, value] : ratings.row(row)) {
      const auto i = static_cast<std::size_t>(id);
      const std::vector<double> sum = sum_of(u, y, weighted);
      double error = kMean + b[u] + d[i] - value;
      std::vector<double> user_vector(kWidth), item_vector(kWidth);
      for (std::size_t c = 0; c < kWidth; ++c) {
        user_vector[c] = p[u][c] + sum[c];
        item_vector[c] = q[i][c] + (has_sums ? fixed[i][c] : 0);
        error += user_vector[c] * item_vector[c];
      }
      losses += error * error;
      const double slope = 2 * error;
      b[u] -= kRate * (slope + double{reg_own[u]} * b[u]);
      d[i] -= kRate * (slope + double{reg_other[i]} * d[i]);
      for (std::size_t c = 0; c < kWidth; ++c) {
        p[u][c] -= kRate * (slope * item_vector[c] + double{reg_own[u]} * p[u][c]);
        q[i][c] -= kRate * (slope * user_vector[c] + double{reg_other[i]} * q[i][c]);
        for (std::size_t j = 0; j < y.size(); ++j) {
          y[j][c] -= kRate * kImplicit * slope * weight(u, j, weighted) * item_vector[c];
        }
      }
    }
  }

  cofi::SoloCommunicator solo;
  const ThreadPool pool(1);
  const cofi::PointwiseLoss loss;
  const cofi::SgdPass pass{1, kRate, 0, loss, random, pool, solo};
  ImplicitPass model{ratings,
                     static_cast<float>(kMean),
                     {own_bias.data(), row_table(own), reg_own.data(), reg_own.data()},
                     {other_bias.data(), row_table(other), reg_other.data(), reg_other.data()},
                     {{{&set_rows, row_table(vectors), weighted}, none.data()}},
                     has_sums ? row_table(sums) : RowTable(),
                     static_cast<float>(kImplicit)};
  CHECK(implicit_pass(pass, model) == Approx(losses).epsilon(1e-5));
  const auto same = [](const Table& found, const Table& expected) {
    for (std::size_t row = 0; row < expected.size(); ++row) {
      for (std::size_t c = 0; c < expected[row].size(); ++c) {
        CHECK(found[row][c] == Approx(expected[row][c]).margin(2e-6));
      }
    }
  };
  same(copy(row_table(own), 3), p);
  same(copy(row_table(other), kIds), q);
  same(copy(row_table(vectors), 5), y);
  same({{own_bias.begin(), own_bias.end()}, {other_bias.begin(), other_bias.end()}}, {b, d});
}
