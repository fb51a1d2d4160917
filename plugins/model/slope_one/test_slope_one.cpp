#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cofi/interactions.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::Model> fitted(const std::string& parameters, const Toy& toy,
                                    int threads = 1) {
  auto model = cofi::testing::make<cofi::Model>("model/slope_one", parameters);
  cofi::testing::ToyOptions options;
  options.threads = threads;
  model->fit(ToyContext(toy, options).context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

constexpr std::int32_t kA = 0, kB = 1, kC = 2, kX = 0, kY = 1, kZ = 2;

// The example of the paper's section 3.3 and its like: four users, three items.
//       x  y  z
//   a   5  3  2
//   b   3  4
//   c      2  5
//   d   1     4
Toy paper_toy() {
  Toy toy;
  const std::vector<std::int32_t> users = {0, 0, 0, 1, 1, 2, 2, 3, 3};
  const std::vector<std::int32_t> items = {0, 1, 2, 0, 1, 1, 2, 0, 2};
  const std::vector<float> values = {5, 3, 2, 3, 4, 2, 5, 1, 4};
  for (const char* name : {"a", "b", "c", "d"}) toy.data.users.add(name);
  for (const char* name : {"x", "y", "z"}) toy.data.items.add(name);
  toy.data.interactions.users = users;
  toy.data.interactions.items = items;
  toy.data.interactions.values = values;
  toy.data.scale = {1, 5};
  for (std::int32_t row = 0; row < 9; ++row) toy.train.push_back(row);
  return toy;
}

}  // namespace

TEST_CASE("model/slope_one on tables worked out by hand") {
  const Toy toy = paper_toy();
  SECTION("plain: the user's mean plus the mean deviation from what it rated") {
    const auto model = fitted("{}", toy);
    // dev_xy = ((5 - 3) + (3 - 4)) / 2 = 1/2, dev_xz = ((5 - 2) + (1 - 4)) / 2 = 0; c's mean 7/2.
    CHECK(predict(*model, kC, kX) == Approx(3.5 + (0.5 + 0) / 2));
    // dev_zx = 0, dev_zy = ((2 - 3) + (5 - 2)) / 2 = 1; b's mean 7/2.
    CHECK(predict(*model, kB, kZ) == Approx(3.5 + (0 + 1.0) / 2));
  }
  SECTION("weighted: by common users") {
    Toy more = toy;  // d rates y, too: y and z have three common users, x and y three
    more.data.interactions.users = std::vector<std::int32_t>{0, 0, 0, 1, 1, 2, 2, 3, 3, 3};
    more.data.interactions.items = std::vector<std::int32_t>{0, 1, 2, 0, 1, 1, 2, 0, 2, 1};
    more.data.interactions.values = std::vector<float>{5, 3, 2, 3, 4, 2, 5, 1, 4, 3};
    more.train.push_back(9);
    const auto model = fitted("{variant: weighted}", more);
    // For c and x: dev_xy = (2 - 1 - 2) / 3 with 3 users, dev_xz = 0 with 2.
    CHECK(predict(*model, kC, kX) == Approx(((-1.0 / 3 + 2) * 3 + (0.0 + 5) * 2) / 5));
    const auto why = model->explain(kC, kX);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 2);
    CHECK(why->terms[0].id == kY);
    CHECK(why->terms[0].value == Approx((-1.0 / 3 + 2) * 3 / 5));
    CHECK(why->sum() == Approx(predict(*model, kC, kX)));
  }
  SECTION("bipolar: likes by those who like both, dislikes by those who like neither") {
    const auto model = fitted("{variant: bipolar}", toy);
    // Means: a 10/3, b 7/2, c 7/2, d 5/2. Likes: a x, b y, c z, d z. Dislikes: a y z, b x, c y, d
    // x. Pairs of likes: none. Pairs of dislikes: y and z by a, dev_yz = 3 - 2. c dislikes y: z
    // would be 2 - 1 by a's pair, but c rated z; b likes y, so that it has no pair.
    CHECK(predict(*model, kC, kZ) == Approx(2 - 1));
    // Without a pair: the user's mean.
    CHECK(predict(*model, kB, kZ) == Approx(3.5));
  }
  SECTION("unseen users and items") {
    Toy part = toy;
    part.train = {0, 1, 3, 4};  // a and b, x and y
    const auto offset = fitted("{}", part);
    CHECK(predict(*offset, kC, kX) == 4);                 // the item's mean
    CHECK(predict(*offset, kA, kZ) == 4);                 // the user's
    CHECK(predict(*offset, -1, -1) == Approx(15.0 / 4));  // that of all
    const auto mean = fitted("{unseen: mean}", part);
    CHECK(predict(*mean, kC, kX) == Approx(15.0 / 4));
    CHECK(predict(*mean, kA, kZ) == Approx(15.0 / 4));
    SECTION("a user folded in is what it rated") {
      cofi::Interactions rows;
      rows.users = std::vector<std::int32_t>{kC};
      rows.items = std::vector<std::int32_t>{kY};
      rows.values = std::vector<float>{2};
      CHECK(offset->fold_in(rows, ToyContext(toy).pool()));
      CHECK(predict(*offset, kC, kX) == Approx(2 + 0.5));
      CHECK(predict(*offset, kA, kZ) == 4);
    }
  }
  SECTION("predictions stay on the scale where it clips") {
    Toy narrow = toy;
    narrow.data.scale = {1, 3};
    const auto model = fitted("{clip: true}", narrow);
    CHECK(predict(*model, kB, kZ) == 3);
    CHECK(model->explain(kB, kZ)->terms.back().name == "clipping");
    CHECK(model->explain(kB, kZ)->sum() == Approx(3));
  }
}

TEST_CASE("model/slope_one has the same bits for any number of threads") {
  const Toy toy = cofi::testing::additive_toy();
  for (const char* variant : {"plain", "weighted", "bipolar"}) {
    const std::string parameters = std::string("{variant: ") + variant + "}";
    const auto one = fitted(parameters, toy, 1), three = fitted(parameters, toy, 3);
    CHECK(cofi::testing::predictions(*one, toy, toy.test) ==
          cofi::testing::predictions(*three, toy, toy.test));
    CHECK(cofi::testing::rmse(*one, toy, toy.test) <
          0.75 * cofi::testing::rmse_of_mean(toy, toy.test));
  }
}
