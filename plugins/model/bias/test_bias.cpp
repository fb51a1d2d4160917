#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

#include "support/data_folder.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::Model> bias(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/bias", parameters);
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
    const auto model = bias("{method: damped, reg_user: 1.0, reg_item: 1.0}");
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
      CHECK(why->terms[0].name == "mean");
      CHECK(why->terms[0].value == 3);
      CHECK(why->terms[1].value == Approx(4.0 / 9));
      CHECK(why->terms[2].value == Approx(1));
    }
    SECTION("predictions stay on the rating scale where it clips, and the explanation says so") {
      const auto clipped = bias("{method: damped, reg_user: 1.0, reg_item: 1.0, clip: true}");
      cofi::FitContext narrow = toy_context.context();
      narrow.scale = {2, 4};
      clipped->fit(narrow);
      CHECK(predict(*clipped, kA, kX) == 4);
      const auto why = clipped->explain(kA, kX);
      REQUIRE(why);
      CHECK(why->terms.back().name == "clipping");
      CHECK(why->terms.back().value == Approx(4 - (3 + 1 + 4.0 / 9)));
    }
    SECTION("a saved model predicts the same") {
      cofi::Archive archive;
      model->state(archive);
      const auto loaded = bias("{method: damped}");
      cofi::Archive stored = archive.reopened();
      loaded->state(stored);
      CHECK(predict(*loaded, kA, kX) == predict(*model, kA, kX));
    }
  }
  SECTION("als: the second pass sees the first one's user biases") {
    // From b_a = 4/9, b_b = -4/9, b_c = 0: b_x = (2 - 4/9 + 1 + 4/9) / 3 = 1,
    // b_y = (0 - 4/9 - 1) / 3 = -13/27, b_z = (-2 + 4/9 + 0) / 3 = -14/27, then
    // b_a = (1 + 13/27) / 3 = 40/81
    const auto model = bias("{epochs: 2, reg_user: 1.0, reg_item: 1.0}");
    model->fit(toy_context.context());
    CHECK(predict(*model, kA, kX) == Approx(3 + 1 + 40.0 / 81));
  }
}

TEST_CASE("model/bias folds in a user by the user step, items as they are") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const auto model = bias("{method: damped, reg_user: 1.0, reg_item: 1.0}");
  model->fit(toy_context.context());
  // b_x = 1, b_y = -1/3: b_c = (5 - 3 - 1 + 4 - 3 + 1/3) / (1 + 2)
  cofi::Interactions rows;
  rows.users = std::vector<std::int32_t>{kC, kC};
  rows.items = std::vector<std::int32_t>{kX, kY};
  rows.values = std::vector<float>{5, 4};
  const float other = predict(*model, kA, kX);
  REQUIRE(model->fold_in(rows, toy_context.pool()));
  CHECK(predict(*model, kC, kX) == Approx(3 + 1 + (2 + 1.0 / 3) / 3));
  CHECK(predict(*model, kA, kX) == other);
}

TEST_CASE("model/bias on an additive table") {
  const Toy toy = cofi::testing::additive_toy();
  const ToyContext one(toy);
  SECTION("als without damping finds every bias") {
    const auto model = bias("{epochs: 100, reg_user: 0.0, reg_item: 0.0}");
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
    const auto a = bias("{}"), b = bias("{}");
    a->fit(one.context());
    b->fit(three.context());
    CHECK(cofi::testing::predictions(*a, toy, toy.test) ==
          cofi::testing::predictions(*b, toy, toy.test));
  }
  SECTION("cold start may stand in for rows of both tables") {
    const auto model = bias("{}");
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
  CHECK_THROWS_WITH(bias("{method: damped, epochs: 5}"),
                    Catch::Contains("model/bias") && Catch::Contains("epochs") &&
                        Catch::Contains("has no use with method: damped"));
}

TEST_CASE("model/bias reaches Surprise's BaselineOnly on ml-100k's folds") {
  const auto folder = cofi::test::data_folder("ml-100k");
  if (!folder) return;
  const ToyContext toy_context(cofi::testing::hand_toy());
  const cofi::ThreadPool& pool = toy_context.pool();
  cofi::DelimitedFormat format;
  format.separator = "\t";
  format.header = false;
  double rmse = 0, mae = 0;
  for (int fold = 1; fold <= 5; ++fold) {
    const std::string file = *folder + "/u" + std::to_string(fold);
    const cofi::Data train = read_delimited(cofi::FileBytes::open(file + ".base"), format, pool);
    const cofi::Data test = read_delimited(cofi::FileBytes::open(file + ".test"), format, pool);
    const cofi::FitContext& base = toy_context.context();
    const cofi::FitContext context{train.interactions,
                                   base.validation,
                                   train.users.size(),
                                   train.items.size(),
                                   train.users,
                                   train.items,
                                   base.user_counts,
                                   base.item_counts,
                                   train.scale,
                                   base.feedback,
                                   base.paths,
                                   base.random,
                                   base.device,
                                   pool,
                                   base.communicator,
                                   nullptr,
                                   base.options,
                                   base.monitor,
                                   nullptr,
                                   base.shared};
    const auto model = bias("{clip: true}");
    model->fit(context);
    double squares = 0, sizes = 0;
    const cofi::Interactions& rows = test.interactions;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const std::int32_t user = train.users.find(test.users.name(rows.users[n]));
      const std::int32_t item = train.items.find(test.items.name(rows.items[n]));
      const double error = double{predict(*model, user, item)} - rows.values[n];
      squares += error * error;
      sizes += std::abs(error);
    }
    rmse += std::sqrt(squares / static_cast<double>(rows.size())) / 5;
    mae += sizes / static_cast<double>(rows.size()) / 5;
  }
  // Surprise 1.1.4 at its defaults, which clips (the mean of the five folds).
  CHECK(rmse == Approx(0.9457).margin(0.00005));
  CHECK(mae == Approx(0.7499).margin(0.00005));
}
