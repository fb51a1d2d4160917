#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "cofi/kernels/scores.hpp"
#include "cofi/random.hpp"

TEST_CASE("kernels::scores") {
  using namespace cofi::kernels;
  constexpr std::int32_t kUsers = 19, kItems = 37, kFactors = 21;
  at::Tensor user_factors = padded_rows(kUsers, kFactors),
             item_factors = padded_rows(kItems, kFactors);
  std::vector<float> user_bias, item_bias;
  cofi::Random random(3);
  const auto fill = [&](const at::Tensor& factors, std::int32_t rows, std::vector<float>& bias) {
    for (std::int32_t id = 0; id < rows; ++id) {
      for (std::int32_t f = 0; f < kFactors; ++f) {
        row_table(factors).row(id)[f] = static_cast<float>(random.normal());
      }
      bias.push_back(static_cast<float>(random.normal()));
    }
  };
  fill(user_factors, kUsers, user_bias);
  fill(item_factors, kItems, item_bias);
  const BiasedFactors model{3.5F, user_bias.data(), item_bias.data(), row_table(user_factors),
                            row_table(item_factors)};
  // More than a panel of users, and neither they nor the items a whole number of tiles.
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < kUsers; ++user) users.push_back(user == 3 ? -1 : user);
  std::vector<float> all(users.size() * kItems), alone(kItems);
  scores(model, users, kItems, all.data());
  for (std::size_t n = 0; n < users.size(); ++n) {
    for (std::int32_t item = 0; item < kItems; ++item) {
      double value = 3.5 + double{item_bias[static_cast<std::size_t>(item)]};
      if (users[n] >= 0) {
        value += double{user_bias[static_cast<std::size_t>(users[n])]};
        for (std::int32_t f = 0; f < kFactors; ++f) {
          value +=
              double{model.user_factors.row(users[n])[f]} * double{model.item_factors.row(item)[f]};
        }
      }
      CHECK(all[n * kItems + static_cast<std::size_t>(item)] == Approx(value).margin(1e-5));
    }
    // The same bits whoever else is asked for.
    scores(model, {users.data() + n, 1}, kItems, alone.data());
    CHECK(std::equal(alone.begin(), alone.end(),
                     all.begin() + static_cast<std::ptrdiff_t>(n * kItems)));
  }
  scores(model, {}, kItems, nullptr);
}
