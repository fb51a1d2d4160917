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

TEST_CASE("model/bias with a half_life") {
  constexpr std::int64_t kDay = 86400, kStart = 1000 * kDay;
  constexpr double kMean = 3, kRegUser = 2, kRegItem = 1;
  Toy toy = cofi::testing::hand_toy();
  // Days 0, 10, 20, 5, 40, 40: 2^-4, 2^-3, 2^-2, 2^-3.5, 1, 1
  toy.data.interactions.times = std::vector<std::int64_t>{kStart,
                                                          kStart + 10 * kDay,
                                                          kStart + 20 * kDay,
                                                          kStart + 5 * kDay,
                                                          kStart + 40 * kDay,
                                                          kStart + 40 * kDay};
  const std::vector<double> weights = {0.0625, 0.125, 0.25, std::pow(2, -3.5), 1, 1};
  const cofi::Interactions& rows = toy.data.interactions;
  // The formula in plain double arithmetic: one side's biases from the other's.
  const auto step = [&](const std::vector<double>& others, bool of_users) {
    std::vector<double> biases(3);
    for (std::int32_t id = 0; id < 3; ++id) {
      double sum = 0, count = 0;
      for (std::size_t n = 0; n < rows.size(); ++n) {
        if ((of_users ? rows.users[n] : rows.items[n]) != id) continue;
        const auto other = static_cast<std::size_t>(of_users ? rows.items[n] : rows.users[n]);
        sum += weights[n] * (rows.values[n] - kMean - others[other]);
        count += weights[n];
      }
      biases[static_cast<std::size_t>(id)] = sum / ((of_users ? kRegUser : kRegItem) + count);
    }
    return biases;
  };
  const std::string half_life = "half_life: 10, reg_user: 2, reg_item: 1";
  const ToyContext toy_context(toy);
  SECTION("ages count by 2^(-age / half_life), in every pass of als") {
    for (const int epochs : {1, 4}) {
      CAPTURE(epochs);
      std::vector<double> users(3), items(3);
      for (int epoch = 0; epoch < epochs; ++epoch) {
        items = step(users, false);
        users = step(items, true);
      }
      const auto model = bias("{epochs: " + std::to_string(epochs) + ", " + half_life + "}");
      model->fit(toy_context.context());
      for (std::size_t id = 0; id < 3; ++id) {
        const auto own = static_cast<std::int32_t>(id);
        CHECK(predict(*model, own, -1) - kMean == Approx(users[id]).margin(1e-6));
        CHECK(predict(*model, -1, own) - kMean == Approx(items[id]).margin(1e-6));
      }
      CHECK_FALSE(model->reads_times());
    }
  }
  SECTION("damped averages too, and a user who is folded in, by a saved model as well") {
    const std::vector<double> items = step({0, 0, 0}, false);
    const auto model = bias("{method: damped, " + half_life + "}");
    model->fit(toy_context.context());
    CHECK(predict(*model, -1, kZ) - kMean == Approx(items[2]).margin(1e-6));
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = bias("{method: damped, " + half_life + "}");
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    // Ten days old, and later than all that trained, which counts as the latest did.
    cofi::Interactions own;
    own.users = std::vector<std::int32_t>{kC, kC};
    own.items = std::vector<std::int32_t>{kX, kY};
    own.values = std::vector<float>{5, 4};
    own.times = std::vector<std::int64_t>{kStart + 30 * kDay, kStart + 50 * kDay};
    REQUIRE(loaded->fold_in(own, toy_context.pool()));
    CHECK(predict(*loaded, kC, -1) - kMean ==
          Approx((0.5 * (2 - items[0]) + (1 - items[1])) / (kRegUser + 1.5)).margin(1e-6));
    own.times = {};
    CHECK_THROWS_WITH(loaded->fold_in(own, toy_context.pool()),
                      Catch::Contains("half_life needs the ratings' times"));
  }
  SECTION("ratings of one moment count as they do without: the same bits") {
    Toy additive = cofi::testing::additive_toy();
    additive.data.interactions.times =
        std::vector<std::int64_t>(additive.data.interactions.size(), kStart);
    const ToyContext context(additive);
    const auto plain = bias("{}"), weighted = bias("{half_life: 10}");
    plain->fit(context.context());
    weighted->fit(context.context());
    CHECK(cofi::testing::predictions(*plain, additive, additive.test) ==
          cofi::testing::predictions(*weighted, additive, additive.test));
  }
  SECTION("a very short one leaves biases of 0 to those whose ratings count nothing") {
    const auto model = bias("{method: damped, half_life: 1e-6, reg_user: 0, reg_item: 0}");
    model->fit(toy_context.context());
    CHECK(predict(*model, kA, -1) == kMean);
    CHECK(predict(*model, -1, kX) == kMean);
    CHECK(predict(*model, -1, kY) == 2);  // c's, and not a's 3
  }
  SECTION("needs times") {
    const ToyContext timeless(cofi::testing::hand_toy());
    CHECK_THROWS_WITH(
        bias("{half_life: 10}")->fit(timeless.context()),
        Catch::Contains("model/bias") && Catch::Contains("half_life needs the ratings' times"));
    CHECK_THROWS_WITH(bias("{half_life: 0}"), Catch::Contains("half_life"));
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
