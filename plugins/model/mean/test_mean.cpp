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

using cofi::testing::ToyContext;

std::unique_ptr<cofi::Model> fitted(const std::string& of, const cofi::testing::Toy& toy) {
  auto model = cofi::testing::make<cofi::Model>("model/mean", "{of: " + of + "}");
  model->fit(ToyContext(toy).context());
  return model;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

constexpr std::int32_t kA = 0, kB = 1, kC = 2, kX = 0, kY = 1, kZ = 2;

}  // namespace

TEST_CASE("model/mean on a table worked out by hand") {
  const cofi::testing::Toy toy = cofi::testing::hand_toy();
  SECTION("of all") {
    const auto model = fitted("global", toy);
    CHECK(predict(*model, kA, kX) == 3);
    CHECK(predict(*model, -1, -1) == 3);
  }
  SECTION("of the user, or of the item; all where there is none") {
    const auto user = fitted("user", toy);
    CHECK(predict(*user, kA, kZ) == 4);
    CHECK(predict(*user, kB, kX) == 2.5);
    CHECK(predict(*user, -1, kX) == 3);
    const auto item = fitted("item", toy);
    CHECK(predict(*item, kA, kX) == 4.5);
    CHECK(predict(*item, kC, kY) == 2.5);
    CHECK(predict(*item, kA, -1) == 3);
    CHECK(user->explain(kA, kZ)->sum() == 4);
  }
  SECTION("a user folded in") {
    cofi::testing::Toy part = toy;
    part.train = {0, 1};  // a's
    const auto model = fitted("user", part);
    CHECK(predict(*model, kB, kX) == 4);
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{kB, kB};
    rows.items = std::vector<std::int32_t>{kX, kZ};
    rows.values = std::vector<float>{4, 1};
    CHECK(model->fold_in(rows, ToyContext(toy).pool()));
    CHECK(predict(*model, kB, kX) == 2.5);
    CHECK(predict(*model, kA, kX) == 4);
    CHECK_FALSE(fitted("item", toy)->fold_in(rows, ToyContext(toy).pool()));
  }
}
