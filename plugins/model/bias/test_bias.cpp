#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <vector>

#include "cofi/model.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

#include "plugin/registry.hpp"

namespace {

using Json = nlohmann::ordered_json;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::Model> bias(const Json& parameters = Json::object()) {
  Json all = {{"use", "bias"},
              {"method", "als"},
              {"epochs", nullptr},
              {"reg_user", nullptr},
              {"reg_item", nullptr}};
  all.update(parameters);
  return cofi::plugin::Registry::standard().build<cofi::Model>(all, "models.bias");
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

constexpr std::int32_t kA = 0, kB = 1, kC = 2, kX = 0, kY = 1, kZ = 2;

}  // namespace

TEST_CASE("model/bias on tables worked out by hand") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  SECTION("damped: (sum of what is left) / (damping + count), items first") {
    // b_x = (2 + 1) / 3, b_y = (0 - 1) / 3, b_z = (-2 + 0) / 3, then
    // b_a = (2 - 1 + 0 + 1/3) / 3, b_b = (1 - 1 - 2 + 2/3) / 3, b_c = (-1 + 1/3 + 0 + 2/3) / 3
    const auto model = bias({{"method", "damped"}, {"reg_user", 1.0}, {"reg_item", 1.0}});
    model->fit(toy_context.context());
    CHECK(predict(*model, kA, kX) == Approx(3 + 1 + 4.0 / 9));
    CHECK(predict(*model, kB, kZ) == Approx(3 - 2.0 / 3 - 4.0 / 9));
    CHECK(predict(*model, kC, kY) == Approx(3 - 1.0 / 3));
    SECTION("terms of unknown ids drop out") {
      CHECK(predict(*model, -1, kX) == Approx(4));
      CHECK(predict(*model, kA, -1) == Approx(3 + 4.0 / 9));
      CHECK(predict(*model, -1, -1) == 3);
    }
    SECTION("the explanation's terms add up to the prediction") {
      const auto why = model->explain(kA, kX);
      REQUIRE(why);
      REQUIRE(why->terms.size() == 3);
      CHECK(why->terms[0] == std::pair<std::string, double>("mean", 3.0));
      CHECK(why->terms[1].second == Approx(4.0 / 9));
      CHECK(why->terms[2].second == Approx(1));
    }
    SECTION("a saved model predicts the same") {
      cofi::Archive archive;
      model->state(archive);
      const auto loaded = bias({{"method", "damped"}});
      cofi::Archive stored = archive.reopened();
      loaded->state(stored);
      CHECK(predict(*loaded, kA, kX) == predict(*model, kA, kX));
    }
  }
  SECTION("als: the second pass sees the first one's user biases") {
    // From b_a = 4/9, b_b = -4/9, b_c = 0: b_x = (2 - 4/9 + 1 + 4/9) / 3 = 1,
    // b_y = (0 - 4/9 - 1) / 3 = -13/27, b_z = (-2 + 4/9 + 0) / 3 = -14/27, then
    // b_a = (1 + 13/27) / 3 = 40/81
    const auto model = bias({{"epochs", 2}, {"reg_user", 1.0}, {"reg_item", 1.0}});
    model->fit(toy_context.context());
    CHECK(predict(*model, kA, kX) == Approx(3 + 1 + 40.0 / 81));
  }
}

TEST_CASE("model/bias on an additive table") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext one(toy);
  SECTION("als without damping finds every bias") {
    const auto model = bias({{"epochs", 100}, {"reg_user", 0.0}, {"reg_item", 0.0}});
    model->fit(one.context());
    CHECK(cofi::testing::rmse(*model, toy, toy.test) < 1e-6);
    SECTION("users and items without ratings get the mean and the other side's bias") {
      CHECK(predict(*model, 60, 50) == predict(*model, -1, -1));
    }
  }
  SECTION("the bits do not depend on the number of threads") {
    cofi::testing::ToyOptions options;
    options.threads = 3;
    const ToyContext three(toy, options);
    const auto a = bias(), b = bias();
    a->fit(one.context());
    b->fit(three.context());
    CHECK(cofi::testing::predictions(*a, toy, toy.test) ==
          cofi::testing::predictions(*b, toy, toy.test));
  }
  SECTION("cold start may stand in for rows of both tables") {
    const auto model = bias();
    model->fit(one.context());
    const auto tables = model->parameters();
    REQUIRE(tables.size() == 2);
    CHECK(tables[0].value.size(0) == 61);
    CHECK(tables[0].rows == cofi::Rows::kUsers);
    CHECK(tables[1].value.size(0) == 51);
    CHECK(tables[1].rows == cofi::Rows::kItems);
  }
}

TEST_CASE("model/bias refuses epochs for damped averages") {
  CHECK_THROWS_WITH(bias({{"method", "damped"}, {"epochs", 5}}),
                    Catch::Contains("models.bias") && Catch::Contains("epochs") &&
                        Catch::Contains("has no use with method: damped"));
}
