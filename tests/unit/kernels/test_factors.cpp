#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "cofi/kernels/factors.hpp"
#include "cofi/random.hpp"

namespace kernels = cofi::kernels;

namespace {

at::Tensor random_table(std::int64_t rows, std::int64_t width, cofi::Random random) {
  at::Tensor table = kernels::padded_rows(rows, width);
  const kernels::RowTable view = kernels::row_table(table);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t c = 0; c < width; ++c) {
      view.row(row)[c] = static_cast<float>(random.uniform(-1, 1));
    }
  }
  return table;
}

double plain_dot(const float* a, const float* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t c = 0; c < n; ++c) sum += static_cast<double>(a[c]) * b[c];
  return sum;
}

}  // namespace

TEST_CASE("factor kernels agree with the plain formulas in float64") {
  const std::int64_t width = GENERATE(1, 10, 16, 17, 40, 64, 100, 128, 130, 400);
  CAPTURE(width);
  const cofi::Random random(7);
  constexpr std::int32_t kUsers = 5, kItems = 9;
  const at::Tensor user_table = random_table(kUsers, width, random.stream("users"));
  const at::Tensor item_table = random_table(kItems, width, random.stream("items"));
  const kernels::RowTable users = kernels::row_table(user_table);
  const kernels::RowTable items = kernels::row_table(item_table);
  // float32 sums of up to 400 products below 1
  const double tolerance = 1e-6 * (1 + std::sqrt(static_cast<double>(width)));

  SECTION("dot") {
    for (std::int32_t item = 0; item < kItems; ++item) {
      const double expected = plain_dot(users.row(2), items.row(item), width);
      CHECK(kernels::dot(users.row(2), items.row(item), users.stride) ==
            Approx(expected).margin(tolerance));
    }
  }
  SECTION("predict, whose terms of unknown ids drop out") {
    const std::vector<float> user_bias = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F};
    const std::vector<float> item_bias = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const kernels::BiasedFactors model{3.5F, user_bias.data(), item_bias.data(), users, items};
    const std::vector<std::int32_t> u = {0, 1, 4, -1, 2, -1}, i = {8, 3, 0, 5, -1, -1};
    std::vector<float> out(u.size());
    kernels::predict(model, u, i, out.data());
    const auto full = [&](std::size_t n) {
      const auto user = static_cast<std::size_t>(u[n]), item = static_cast<std::size_t>(i[n]);
      return 3.5 + user_bias[user] + item_bias[item] +
             plain_dot(users.row(u[n]), items.row(i[n]), width);
    };
    CHECK(out[0] == Approx(full(0)).margin(tolerance));
    CHECK(out[1] == Approx(full(1)).margin(tolerance));
    CHECK(out[2] == Approx(full(2)).margin(tolerance));
    CHECK(out[3] == 3.5F + 6);
    CHECK(out[4] == 3.5F + 0.3F);
    CHECK(out[5] == 3.5F);
  }
  SECTION("weighted rows are added to what is there, and to nothing beyond the width") {
    const std::vector<std::int32_t> ids = {8, 0, 3, 3, 7, 1};
    const std::vector<float> weights = {0.5F, -1, 2, 0.25F, 1, 3};
    // Row 1 has the ratings 0, 2, 3 and 5, row 2 the ratings 1 and 4; row 0 has none.
    const std::vector<std::int32_t> rows = {1, 2}, starts = {0, 4, 6}, order = {0, 2, 3, 5, 1, 4};
    const cofi::BatchRows groups{rows, starts, order};
    constexpr float kUntouched = 123;
    const std::int64_t stride = width + 1;
    std::vector<float> out(static_cast<std::size_t>(3 * stride), kUntouched);
    kernels::add_weighted_rows(items, groups, 0, 1, ids.data(), weights.data(), out.data(), stride);
    kernels::add_weighted_rows(items, groups, 1, 2, ids.data(), weights.data(), out.data(), stride);
    for (std::int64_t row = 0; row < 3; ++row) {
      for (std::int64_t c = 0; c < stride; ++c) {
        double expected = kUntouched;
        for (std::size_t n = 0; n < order.size() && c < width; ++n) {
          const auto p = static_cast<std::size_t>(order[n]);
          if (rows[n < 4 ? 0 : 1] != row) continue;
          expected += static_cast<double>(weights[p]) * items.row(ids[p])[c];
        }
        CHECK(out[static_cast<std::size_t>(row * stride + c)] == Approx(expected).epsilon(1e-6));
      }
    }
    std::vector<float> biases(3, 1);
    kernels::add_sums(groups, 0, 1, weights.data(), biases.data());
    CHECK(biases[static_cast<std::size_t>(rows[0])] == 1 + 0.5F + 2 + 0.25F + 3);
  }
  SECTION("bits do not depend on what else is computed with them") {
    const std::vector<std::int32_t> u = {0, 1, 2, 3, 4}, i = {4, 3, 2, 1, 0};
    const std::vector<float> bias(kItems, 0.0F);
    const kernels::BiasedFactors model{0, bias.data(), bias.data(), users, items};
    std::vector<float> together(u.size());
    kernels::predict(model, u, i, together.data());
    for (std::size_t n = 0; n < u.size(); ++n) {
      float alone = 0;
      kernels::predict(model, {&u[n], 1}, {&i[n], 1}, &alone);
      CHECK(alone == together[n]);
    }
  }
}
