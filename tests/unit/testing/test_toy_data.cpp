#include <algorithm>
#include <set>
#include <utility>

#include "cofi/model.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;

// Predicts what the additive table holds.
class Oracle final : public cofi::Model {
 public:
  void fit(const cofi::FitContext&) override {}
  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) {
      out[n] = cofi::testing::additive_value(query.users[n], query.items[n]);
    }
  }
  void state(cofi::Archive&) override {}
};

void check_grid(const Toy& toy, std::int32_t users, std::int32_t items,
                float (*value)(std::int32_t, std::int32_t)) {
  const cofi::Interactions& rows = toy.data.interactions;
  CHECK(toy.data.users.size() == users + 1);
  CHECK(toy.data.items.size() == items + 1);
  REQUIRE(rows.size() == static_cast<std::size_t>(users * items));
  REQUIRE(rows.times.size() == rows.size());
  std::set<std::pair<std::int32_t, std::int32_t>> cells;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    cells.insert({rows.users[row], rows.items[row]});
    REQUIRE(rows.users[row] < users);
    REQUIRE(rows.items[row] < items);
    REQUIRE(rows.values[row] == value(rows.users[row], rows.items[row]));
    REQUIRE(rows.values[row] >= 1);
    REQUIRE(rows.values[row] <= 5);
  }
  CHECK(cells.size() == rows.size());
  CHECK(toy.train.size() == rows.size() * 4 / 5);
  std::set<std::int32_t> parts(toy.train.begin(), toy.train.end());
  parts.insert(toy.test.begin(), toy.test.end());
  CHECK(parts.size() == rows.size());
  // Everybody and everything but the last can be learned about.
  std::set<std::int32_t> trained_users, trained_items;
  for (const std::int32_t row : toy.train) {
    trained_users.insert(rows.users[static_cast<std::size_t>(row)]);
    trained_items.insert(rows.items[static_cast<std::size_t>(row)]);
  }
  CHECK(trained_users.size() == static_cast<std::size_t>(users));
  CHECK(trained_items.size() == static_cast<std::size_t>(items));
}

}  // namespace

TEST_CASE("toy data") {
  SECTION("additive: every value is a sum of a user's and an item's bias") {
    check_grid(cofi::testing::additive_toy(), 60, 50, cofi::testing::additive_value);
    // 3 + (7 * 2 mod 9 - 4) / 4 + (5 * 3 mod 9 - 4) / 4 = 3 + 1/4 + 2/4
    CHECK(cofi::testing::additive_value(2, 3) == 3.75F);
    CHECK(cofi::testing::additive_value(0, 0) == 1);
  }
  SECTION("blocks: a checkerboard") {
    check_grid(cofi::testing::block_toy(), 40, 30, cofi::testing::block_value);
    CHECK(cofi::testing::block_value(3, 5) == 5);
    CHECK(cofi::testing::block_value(3, 4) == 1);
  }
  SECTION("by hand: mean 3") {
    const Toy toy = cofi::testing::hand_toy();
    CHECK(toy.data.interactions.mean() == 3);
    CHECK(toy.data.users.find("c") == 2);
    CHECK(toy.train.size() == 6);
  }
}

TEST_CASE("a toy context") {
  const Toy toy = cofi::testing::additive_toy();
  SECTION("gives a fit the training rows and what is known about them") {
    const cofi::testing::ToyContext made(toy, {2, 7});
    const cofi::FitContext& context = made.context();
    CHECK(context.train.size() == toy.train.size());
    CHECK(context.train.users[5] ==
          toy.data.interactions.users[static_cast<std::size_t>(toy.train[5])]);
    CHECK(context.users == 61);
    CHECK(context.items == 51);
    CHECK(context.user_counts.size() == 61);
    CHECK(context.user_counts[60] == 0);
    CHECK(context.item_counts[50] == 0);
    const auto of_user_3 = std::count(context.train.users.begin(), context.train.users.end(), 3);
    CHECK(context.user_counts[3] == of_user_3);
    CHECK(context.pool.threads() == 2);
    CHECK(context.random.seed() == 7);
    CHECK(context.communicator.size() == 1);
    CHECK(context.optimizer != nullptr);
  }
  SECTION("computes shared work once a key, and may compute it from other shared work") {
    const cofi::testing::ToyContext made(toy);
    int computed = 0;
    const auto one = [&](cofi::Archive& archive) {
      ++computed;
      double value = 1;
      archive("value", value);
    };
    const auto two = [&](cofi::Archive& archive) {
      double value = 0;
      made.context().shared("one", one)("value", value);
      value += 1;
      archive("value", value);
    };
    double value = 0;
    made.context().shared("two", two)("value", value);
    CHECK(value == 2);
    made.context().shared("one", one)("value", value);
    CHECK(value == 1);
    CHECK(computed == 1);
  }
  SECTION("errors are measured against the values") {
    CHECK(cofi::testing::rmse(Oracle(), toy, toy.test) == 0);
    // Biases are uniform over 9 steps of 1/4: variance (9^2 - 1) / 12 / 16 each, twice.
    CHECK(cofi::testing::rmse_of_mean(toy, toy.train) == Approx(std::sqrt(10.0 / 12)).margin(0.03));
  }
}
