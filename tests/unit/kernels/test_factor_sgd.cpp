#include <catch2/catch.hpp>

#include <vector>

#include "cofi/kernels/factor_sgd.hpp"
#include "cofi/random.hpp"

using namespace cofi::kernels;
using cofi::PointwiseLoss;

TEST_CASE("sgd_steps: the header's steps in double, for any width and loss") {
  constexpr std::int64_t kUsers = 5, kItems = 4;
  // Every width of whole cache lines that has code of its own, and one that has not.
  for (const std::int64_t width : {1, 16, 17, 40, 64, 100}) {
    for (const auto kind :
         {PointwiseLoss::Kind::kMse, PointwiseLoss::Kind::kMae, PointwiseLoss::Kind::kHuber}) {
      CAPTURE(width, static_cast<int>(kind));
      cofi::Random random(11);
      const at::Tensor user_table = padded_rows(kUsers, width),
                       item_table = padded_rows(kItems, width);
      std::vector<float> user_bias(kUsers), item_bias(kItems), user_scale(kUsers),
          item_scale(kItems);
      FactorSgd model;
      model.mean = 3;
      model.user_factors = row_table(user_table);
      model.item_factors = row_table(item_table);
      const auto fill = [&](const RowTable& table, std::int64_t rows, std::vector<float>& bias,
                            std::vector<float>& scale) {
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t c = 0; c < width; ++c) {
            table.row(row)[c] = static_cast<float>(random.uniform(-0.3, 0.3));
          }
          bias[static_cast<std::size_t>(row)] = static_cast<float>(random.uniform(-1, 1));
          scale[static_cast<std::size_t>(row)] = static_cast<float>(random.uniform(0.5, 2));
        }
      };
      fill(model.user_factors, kUsers, user_bias, user_scale);
      fill(model.item_factors, kItems, item_bias, item_scale);
      model.user_bias = user_bias.data(), model.item_bias = item_bias.data();
      model.user_scale = user_scale.data(), model.item_scale = item_scale.data();
      model.reg_user_factors = 0.02F, model.reg_item_factors = 0.03F;
      model.reg_user_bias = 0.04F, model.reg_item_bias = 0.05F;
      model.learning_rate = 0.01F;
      model.loss.kind = kind;
      std::vector<FactorRating> ratings;
      for (int n = 0; n < 30; ++n) {
        ratings.push_back({static_cast<std::int32_t>(random.below(kUsers)),
                           static_cast<std::int32_t>(random.below(kItems)),
                           static_cast<float>(random.uniform(1, 5))});
      }

      const auto copy = [&](const RowTable& table, std::int64_t rows) {
        std::vector<std::vector<double>> all;
        for (std::int64_t row = 0; row < rows; ++row) {
          all.emplace_back(table.row(row), table.row(row) + width);
        }
        return all;
      };
      auto p = copy(model.user_factors, kUsers), q = copy(model.item_factors, kItems);
      std::vector<double> b_u(user_bias.begin(), user_bias.end());
      std::vector<double> b_i(item_bias.begin(), item_bias.end());
      double losses = 0;
      for (const auto& [user, item, value] : ratings) {
        const auto u = static_cast<std::size_t>(user), i = static_cast<std::size_t>(item);
        double error = 3 + b_u[u] + b_i[i] - value;
        for (std::size_t c = 0; c < p[u].size(); ++c) error += p[u][c] * q[i][c];
        losses += model.loss.value(static_cast<float>(error));
        const double slope = model.loss.slope(static_cast<float>(error)), rate = 0.01;
        for (std::size_t c = 0; c < p[u].size(); ++c) {
          const double before_p = p[u][c], before_q = q[i][c];
          p[u][c] -= rate * (slope * before_q + 0.02 * user_scale[u] * before_p);
          q[i][c] -= rate * (slope * before_p + 0.03 * item_scale[i] * before_q);
        }
        b_u[u] -= rate * (slope + 0.04 * user_scale[u] * b_u[u]);
        b_i[i] -= rate * (slope + 0.05 * item_scale[i] * b_i[i]);
      }

      CHECK(sgd_steps(model, ratings) == Approx(losses).epsilon(1e-5));
      for (std::size_t u = 0; u < p.size(); ++u) {
        CHECK(user_bias[u] == Approx(b_u[u]).margin(1e-5));
        for (std::size_t c = 0; c < p[u].size(); ++c) {
          CHECK(model.user_factors.row(static_cast<std::int64_t>(u))[c] ==
                Approx(p[u][c]).margin(1e-5));
        }
      }
      for (std::size_t i = 0; i < q.size(); ++i) {
        CHECK(item_bias[i] == Approx(b_i[i]).margin(1e-5));
        for (std::size_t c = 0; c < q[i].size(); ++c) {
          CHECK(model.item_factors.row(static_cast<std::int64_t>(i))[c] ==
                Approx(q[i][c]).margin(1e-5));
        }
        // What fills up a row stays zero.
        for (std::int64_t c = width; c < model.item_factors.stride; ++c) {
          CHECK(model.item_factors.row(static_cast<std::int64_t>(i))[c] == 0);
        }
      }
    }
  }
}
