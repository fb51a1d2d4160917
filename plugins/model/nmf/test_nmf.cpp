#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::IterativeModel> nmf(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/nmf", "{" + parameters + "}");
  return std::unique_ptr<cofi::IterativeModel>(static_cast<cofi::IterativeModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

using Table = std::vector<std::vector<double>>;  // [rows][columns]

Table table(cofi::Model& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name != name) continue;
    const at::Tensor& value = parameter.value;
    Table rows(static_cast<std::size_t>(value.size(0)));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const at::Tensor own = value[static_cast<std::int64_t>(row)].reshape({-1});
      for (std::int64_t c = 0; c < own.size(0); ++c) rows[row].push_back(own[c].item<double>());
    }
    return rows;
  }
  throw std::logic_error("no parameter " + name);
}

// The textbook's loop in float64 over the ratings in file order.
struct Textbook {
  double mean = 0, reg_user = 0.06, reg_item = 0.06;
  bool biased = false;
  double damp_user = 15, damp_item = 10;
  Table p, q;
  std::vector<double> b, c;  // biases of users and items

  double dot(std::size_t u, std::size_t i) const {
    double sum = 0;
    for (std::size_t f = 0; f < p[u].size(); ++f) sum += p[u][f] * q[i][f];
    return sum;
  }
  double predict(std::size_t u, std::size_t i) const {
    return dot(u, i) + (biased ? mean + b[u] + c[i] : 0);
  }

  void bias_step(const cofi::Interactions& rows, bool users) {
    std::vector<double>& own = users ? b : c;
    std::vector<double> sums(own.size()), counts(own.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto u = static_cast<std::size_t>(rows.users[n]);
      const auto i = static_cast<std::size_t>(rows.items[n]);
      const std::size_t at = users ? u : i;
      sums[at] += rows.values[n] - mean - dot(u, i) - (users ? c[i] : b[u]);
      counts[at] += 1;
    }
    for (std::size_t k = 0; k < own.size(); ++k) {
      if (counts[k] > 0) own[k] = sums[k] / ((users ? damp_user : damp_item) + counts[k]);
    }
  }
  void factor_step(const cofi::Interactions& rows, bool users) {
    Table& own = users ? p : q;
    const Table& other = users ? q : p;
    const double reg = users ? reg_user : reg_item;
    Table up(own.size(), std::vector<double>(own[0].size())), down = up;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto u = static_cast<std::size_t>(rows.users[n]);
      const auto i = static_cast<std::size_t>(rows.items[n]);
      const std::size_t at = users ? u : i, across = users ? i : u;
      const double value = std::max(0.0, predict(u, i));
      for (std::size_t f = 0; f < own[0].size(); ++f) {
        up[at][f] += rows.values[n] * other[across][f];
        down[at][f] += value * other[across][f] + reg * own[at][f];
      }
    }
    for (std::size_t k = 0; k < own.size(); ++k) {
      for (std::size_t f = 0; f < own[0].size(); ++f) {
        if (down[k][f] > 0) own[k][f] *= up[k][f] / down[k][f];
      }
    }
  }
  void epoch(const cofi::Interactions& rows) {
    if (biased) {
      bias_step(rows, true);
      bias_step(rows, false);
    }
    factor_step(rows, true);
    factor_step(rows, false);
  }
};

}  // namespace

TEST_CASE("model/nmf learns what the textbook's loop in float64 learns") {
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const cofi::Interactions& train = toy_context.context().train;
  for (const bool biased : {false, true}) {
    CAPTURE(biased);
    const auto model =
        nmf(std::string("factors: 3, reg_user_factors: 0.1") +
            (biased ? ", biased: true, reg_user_bias: 2.0, reg_item_bias: 1.0" : ""));
    model->begin(toy_context.context());
    Textbook textbook;
    textbook.mean = 3;
    textbook.reg_user = 0.1;
    textbook.biased = biased;
    textbook.damp_user = 2;
    textbook.damp_item = 1;
    textbook.p = table(*model, "user_factors");
    textbook.q = table(*model, "item_factors");
    textbook.b.resize(3);
    textbook.c.resize(3);
    double loss = 0;
    for (int epoch = 1; epoch <= 5; ++epoch) {
      if (epoch == 5 && !biased) {  // the loss is that of the factors before their step
        const double before = cofi::testing::rmse(*model, toy, toy.train);
        loss = model->epoch(epoch);
        CHECK(loss == Approx(before * before).epsilon(1e-4));
      } else {
        loss = model->epoch(epoch);
      }
      textbook.epoch(train);
    }
    for (std::int32_t user = 0; user < 3; ++user) {
      for (std::int32_t item = 0; item < 3; ++item) {
        CHECK(
            predict(*model, user, item) ==
            Approx(textbook.predict(static_cast<std::size_t>(user), static_cast<std::size_t>(item)))
                .epsilon(1e-4));
      }
    }
    SECTION(biased ? "folding in, biased" : "folding in") {
      cofi::Interactions rows;
      rows.users = std::vector<std::int32_t>{2, 2};
      rows.items = std::vector<std::int32_t>{0, 2};
      rows.values = std::vector<float>{5, 1};
      textbook.p[2].assign(3, 1);  // sqrt(mean / factors)
      textbook.b[2] = 0;
      for (int n = 0; n < 50; ++n) {
        if (biased) textbook.bias_step(rows, true);
        textbook.factor_step(rows, true);
      }
      const float other = predict(*model, 1, 2);
      REQUIRE(model->fold_in(rows, toy_context.pool()));
      CHECK(predict(*model, 1, 2) == other);
      for (std::size_t item = 0; item < 3; ++item) {
        CHECK(predict(*model, 2, static_cast<std::int32_t>(item)) ==
              Approx(textbook.predict(2, item)).epsilon(1e-3));
      }
    }
  }
}

TEST_CASE("model/nmf learns, explains and remembers") {
  const Toy toy = cofi::testing::block_toy();
  ToyOptions options;
  options.epochs = 200;
  const ToyContext one(toy, options);
  options.threads = 2;
  const ToyContext two(toy, options);
  const std::string parameters = "factors: 4, reg_user_factors: 0.01, reg_item_factors: 0.01";
  const auto model = nmf(parameters), again = nmf(parameters);
  model->fit(one.context());
  again->fit(two.context());
  CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
  CHECK(cofi::testing::rmse(*model, toy, toy.test) < 0.3);
  for (const char* name : {"user_factors", "item_factors"}) {
    const Table rows = table(*model, name);
    CHECK(rows == table(*again, name));
    for (const auto& row : rows) CHECK(*std::min_element(row.begin(), row.end()) >= 0);
  }
  SECTION("no term of an explanation is negative") {
    const auto why = model->explain(3, 4);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 4);
    for (const auto& term : why->terms) CHECK(term.value >= 0);
    CHECK(why->sum() == Approx(predict(*model, 3, 4)).margin(1e-4));
  }
  SECTION("unknown ids get the mean, users without ratings the mean user's factors") {
    const double mean = one.context().train.mean();
    CHECK(predict(*model, -1, 0) == Approx(mean));
    CHECK(predict(*model, 0, -1) == Approx(mean));
    CHECK(model->explain(-1, 0)->sum() == Approx(mean));
    double sum = 0;
    for (std::int32_t user = 0; user < 40; ++user) sum += predict(*model, user, 3);
    CHECK(predict(*model, 40, 3) == Approx(sum / 40).epsilon(1e-4));
  }
  SECTION("a saved model predicts the same") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = nmf(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(predict(*loaded, 3, 4) == predict(*model, 3, 4));
  }
}

TEST_CASE("model/nmf on data that it can hardly learn from, or not at all") {
  SECTION("ratings below 0: an error that names one and says what to do") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>{1, 1, -2, 1, 1, 1};
    CHECK_THROWS_WITH(nmf("")->fit(ToyContext(toy).context()),
                      Contains("model/nmf") && Contains("-2") && Contains("at least 0"));
  }
  SECTION("no ratings: an error") {
    Toy toy = cofi::testing::hand_toy();
    toy.train.clear();
    CHECK_THROWS_WITH(nmf("")->fit(ToyContext(toy).context()),
                      Contains("model/nmf") && Contains("no training ratings"));
  }
  SECTION("constant ratings, of 0 too, are predicted; a user with one rating as well") {
    for (const float value : {0.0F, 4.0F}) {
      Toy toy = cofi::testing::hand_toy();
      toy.data.interactions.values = std::vector<float>(6, value);
      toy.train = {0, 2, 3, 4, 5};
      ToyOptions options;
      options.epochs = 300;
      const ToyContext toy_context(toy, options);
      const auto model = nmf("factors: 8, reg_user_factors: 0.0, reg_item_factors: 0.0");
      model->fit(toy_context.context());
      for (std::int32_t item = 0; item < 3; ++item) {
        CHECK(std::isfinite(predict(*model, 0, item)));
      }
      CHECK(predict(*model, 0, 0) == Approx(value).margin(0.05));
    }
  }
  SECTION("parameters that contradict each other") {
    CHECK_THROWS_WITH(nmf("init_low: 1.0, init_high: 0.5"),
                      Contains("init_high") && Contains("not above init_low"));
    CHECK_THROWS_WITH(nmf("reg_user_bias: 1.0"),
                      Contains("reg_user_bias") && Contains("has no use with biased: false"));
  }
}

TEST_CASE("model/nmf keeps the promises of models with other parameters, too") {
  for (const char* parameters : {"{biased: true, factors: 5}", "{factors: 17, clip: true}"}) {
    INFO(parameters);
    cofi::testing::check(
        cofi::testing::check_model(cofi::testing::maker<cofi::Model>("model/nmf", parameters)));
  }
}
