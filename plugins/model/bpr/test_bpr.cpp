#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::GradientModel> bpr(const std::string& parameters) {
  auto model = make<cofi::Model>("model/bpr", "{" + parameters + "}");
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value.detach();
  }
  throw std::logic_error("no parameter " + name);
}

const char* const kTables[] = {"user_factors", "item_factors", "item_bias"};

// Interactions of so many users and items, all to train on.
Toy toy_of(std::int32_t users, std::int32_t items, const std::vector<std::int32_t>& row_users,
           const std::vector<std::int32_t>& row_items) {
  Toy toy;
  for (std::int32_t user = 0; user < users; ++user) toy.data.users.add("u" + std::to_string(user));
  for (std::int32_t item = 0; item < items; ++item) toy.data.items.add("i" + std::to_string(item));
  toy.data.interactions.users = row_users;
  toy.data.interactions.items = row_items;
  toy.data.interactions.values = std::vector<float>(row_users.size(), 1);
  toy.data.scale = {1, 1};
  for (std::size_t n = 0; n < row_users.size(); ++n) {
    toy.train.push_back(static_cast<std::int32_t>(n));
  }
  return toy;
}

// Each of six users lacks one of four items, the user's number modulo 4: what is drawn is known.
Toy one_lacking() {
  std::vector<std::int32_t> users, items;
  for (std::int32_t item = 0; item < 4; ++item) {
    for (std::int32_t user = 0; user < 6; ++user) {
      if (user % 4 == item) continue;
      users.push_back(user);
      items.push_back(item);
    }
  }
  return toy_of(6, 4, users, items);
}

ToyOptions with_sgd(const std::string& parameters, std::int64_t batch = 64) {
  ToyOptions options;
  options.optimizer = make<cofi::Optimizer>("optimizer/sgd", parameters);
  options.batch = batch;
  options.epochs = 5;
  return options;
}

std::vector<std::vector<double>> plain(const at::Tensor& tensor) {
  std::vector<std::vector<double>> rows;
  for (std::int64_t row = 0; row < tensor.size(0); ++row) {
    rows.emplace_back();
    for (std::int64_t c = 0; c < tensor.size(1); ++c) {
      rows.back().push_back(tensor[row][c].item<double>());
    }
  }
  return rows;
}

// LearnBPR (the paper's figure 4) in float64.
struct Textbook {
  double rate, reg_user, reg_item, reg_negative, reg_bias;
  std::vector<std::vector<double>> p, q;
  std::vector<double> b;

  double above(std::size_t u, std::size_t i, std::size_t j) const {
    double x = b[i] - b[j];
    for (std::size_t k = 0; k < p[u].size(); ++k) x += p[u][k] * (q[i][k] - q[j][k]);
    return x;
  }
  // Returns -ln sigmoid(x) before the step.
  double step(std::size_t u, std::size_t i, std::size_t j) {
    const double x = above(u, i, j), pull = 1 / (1 + std::exp(x));
    for (std::size_t k = 0; k < p[u].size(); ++k) {
      const double user = p[u][k], item = q[i][k], negative = q[j][k];
      p[u][k] += rate * (pull * (item - negative) - reg_user * user);
      q[i][k] += rate * (pull * user - reg_item * item);
      q[j][k] += rate * (-pull * user - reg_negative * negative);
    }
    b[i] += rate * (pull - reg_bias * b[i]);
    b[j] += rate * (-pull - reg_bias * b[j]);
    return std::log(1 + std::exp(-x));
  }
};

double largest_difference(const at::Tensor& found,
                          const std::vector<std::vector<double>>& expected) {
  double largest = 0;
  const auto rows = plain(found);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t c = 0; c < rows[row].size(); ++c) {
      largest = std::max(largest, std::abs(rows[row][c] - expected[row][c]));
    }
  }
  return largest;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

}  // namespace

TEST_CASE("model/bpr, solver: sequential") {
  const Toy toy = one_lacking();
  SECTION("takes LearnBPR's steps, in file order where train.shuffle is false") {
    const ToyContext toy_context(toy, with_sgd("{lr: 0.2, weight_decay: 0.3}"));
    cofi::FitContext context = toy_context.context();
    context.options.shuffle = false;
    const auto model =
        bpr("factors: 3, solver: sequential, reg_user_factors: 0.02, reg_item_factors: 0.05, "
            "reg_negative_factors: 0.01");
    model->begin(context);
    Textbook textbook{0.2,
                      0.02,
                      0.05,
                      0.01,
                      0.3,
                      plain(table(*model, "user_factors")),
                      plain(table(*model, "item_factors")),
                      std::vector<double>(4)};
    for (std::int64_t epoch = 1; epoch <= 5; ++epoch) {
      double sum = 0;
      for (std::size_t n = 0; n < context.train.size(); ++n) {
        const auto user = static_cast<std::size_t>(context.train.users[n]);
        sum += textbook.step(user, static_cast<std::size_t>(context.train.items[n]), user % 4);
      }
      CHECK(model->epoch(epoch) == Approx(sum / static_cast<double>(context.train.size())));
    }
    CHECK(largest_difference(table(*model, "user_factors"), textbook.p) < 1e-5);
    CHECK(largest_difference(table(*model, "item_factors"), textbook.q) < 1e-5);
    for (std::int64_t item = 0; item < 4; ++item) {
      CHECK(table(*model, "item_bias")[item].item<double>() ==
            Approx(textbook.b[static_cast<std::size_t>(item)]).margin(1e-5));
    }
  }
  SECTION("a step is that of solver: batch for a batch of one") {
    const Toy one = toy_of(1, 2, {0}, {1});
    ToyOptions options = with_sgd("{lr: 0.3, weight_decay: 0.1, lazy: true}", 1);
    options.epochs = 1;
    const ToyContext toy_context(one, options);
    const auto batch = bpr("reg_item_factors: 0.2"),
               sequential = bpr("reg_item_factors: 0.2, solver: sequential");
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    for (const char* name : kTables) {
      CAPTURE(name);
      CHECK(at::allclose(table(*batch, name), table(*sequential, name), 0, 1e-5));
    }
    CHECK(table(*batch, "item_bias")[1].item<double>() > 0.1);
  }
  SECTION("has the same bits on three threads, whatever the values are") {
    Toy liked = cofi::testing::implicit_toy();
    ToyOptions options = with_sgd("{lr: 0.1}");
    const ToyContext one(liked, options);
    options.threads = 3;
    liked.data.interactions.values =
        std::vector<float>(liked.data.interactions.size(), 4);  // constant ratings
    const ToyContext three(liked, options);
    for (const char* negatives : {"uniform", "popularity"}) {
      const std::string parameters = std::string("solver: sequential, negatives: ") + negatives;
      const auto a = bpr(parameters), b = bpr(parameters);
      a->fit(one.context());
      b->fit(three.context());
      for (const char* name : kTables) CHECK(at::equal(table(*a, name), table(*b, name)));
    }
  }
}

TEST_CASE("model/bpr, solver: batch, has the mean of -ln sigmoid as its loss") {
  const Toy toy = one_lacking();
  const ToyContext toy_context(toy);
  const cofi::FitContext& context = toy_context.context();
  const auto model = bpr("factors: 3");
  model->setup(context);
  const Textbook textbook{0,
                          0,
                          0,
                          0,
                          0,
                          plain(table(*model, "user_factors")),
                          plain(table(*model, "item_factors")),
                          std::vector<double>(4)};
  double expected = 0;
  std::vector<std::int32_t> users(context.train.users.begin(), context.train.users.end());
  std::vector<std::int32_t> items(context.train.items.begin(), context.train.items.end());
  const auto n = static_cast<std::int64_t>(users.size());
  for (std::size_t k = 0; k < users.size(); ++k) {
    const auto user = static_cast<std::size_t>(users[k]);
    const double x = textbook.above(user, static_cast<std::size_t>(items[k]), user % 4);
    expected += std::log(1 + std::exp(-x)) / static_cast<double>(n);
  }
  const cofi::Batch batch{at::from_blob(users.data(), {n}, at::kInt),
                          at::from_blob(items.data(), {n}, at::kInt),
                          {},
                          {}};
  CHECK(model->loss(batch, {}).item<double>() == Approx(expected).epsilon(1e-5));
}

TEST_CASE("model/bpr draws a batch's negatives by the batch's stream and the places in it") {
  const Toy toy = cofi::testing::implicit_toy();
  const ToyContext toy_context(toy);
  const cofi::FitContext& context = toy_context.context();
  // The sum of the losses of 40 interactions, those at the positions alone if there are any.
  const auto sum_of = [&](std::uint64_t seed, std::vector<std::int32_t> positions,
                          const std::string& negatives) {
    const auto model = bpr("init_deviation: 0, negatives: " + negatives);
    model->setup(context);
    // With these biases the loss tells what was drawn.
    at::Tensor bias = table(*model, "item_bias");
    for (std::int64_t item = 0; item < bias.size(0); ++item) {
      bias.data_ptr<float>()[item] = std::sin(static_cast<float>(item));
    }
    std::vector<std::int32_t> places = positions;
    if (places.empty()) {
      places.resize(40);
      std::iota(places.begin(), places.end(), 0);
    }
    const auto part = [&](const cofi::Column<std::int32_t>& ids) {
      at::Tensor out = at::empty({static_cast<std::int64_t>(places.size())}, at::kInt);
      for (std::size_t n = 0; n < places.size(); ++n) {
        out.data_ptr<std::int32_t>()[n] = ids[static_cast<std::size_t>(places[n])];
      }
      return out;
    };
    const cofi::Batch batch{part(context.train.users),
                            part(context.train.items),
                            {},
                            {},
                            cofi::Random(seed),
                            positions};
    return model->loss(batch, {}).item<double>() * static_cast<double>(places.size());
  };
  const double whole = sum_of(1, {}, "uniform");
  CHECK(sum_of(1, {}, "uniform") == whole);
  CHECK(sum_of(2, {}, "uniform") != whole);
  CHECK(sum_of(1, {}, "popularity") != whole);
  std::vector<std::int32_t> odd, even;
  for (std::int32_t n = 0; n < 40; ++n) (n % 2 == 0 ? even : odd).push_back(n);
  CHECK(sum_of(1, odd, "uniform") + sum_of(1, even, "uniform") == Approx(whole).epsilon(1e-6));
}

TEST_CASE("model/bpr predicts") {
  SECTION("b_i + p_u . q_i, without the terms of unknown ids, and says why") {
    const Toy toy = one_lacking();
    const ToyContext toy_context(toy);
    const auto model = bpr("factors: 20");
    model->fit(toy_context.context());
    const double bias = table(*model, "item_bias")[2].item<double>();
    double dot = 0;
    const auto p = plain(table(*model, "user_factors")), q = plain(table(*model, "item_factors"));
    for (std::size_t k = 0; k < 20; ++k) dot += p[1][k] * q[2][k];
    CHECK(predict(*model, 1, 2) == Approx(bias + dot));
    CHECK(predict(*model, -1, 2) == Approx(bias));
    CHECK(predict(*model, 1, -1) == 0);
    const auto why = model->explain(1, 2);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 2);
    CHECK(why->terms[0].value == Approx(bias));
    CHECK(why->sum() == Approx(bias + dot));
    double square = 0, other = 0, product = 0;
    for (std::size_t k = 0; k < 20; ++k) {
      square += q[2][k] * q[2][k], other += q[0][k] * q[0][k], product += q[2][k] * q[0][k];
    }
    std::vector<float> alike(4);
    REQUIRE(model->similar_items(2, 4, alike.data()));
    CHECK(alike[2] == Approx(1));
    CHECK(alike[0] == Approx(product / std::sqrt(square * other)));
  }
  SECTION("and learns nothing from a user who has every item") {
    const Toy toy = toy_of(2, 3, {0, 0, 0, 1}, {0, 1, 2, 0});
    const ToyContext toy_context(toy, with_sgd("{lr: 0.5}"));
    for (const char* solver : {"solver: sequential", "solver: batch"}) {
      const auto model = bpr(solver);
      model->begin(toy_context.context());
      const at::Tensor before = table(*model, "user_factors").clone();
      model->epoch(1);
      const at::Tensor after = table(*model, "user_factors");
      CHECK(at::equal(after[0], before[0]));
      CHECK_FALSE(at::equal(after[1], before[1]));
    }
  }
}

TEST_CASE("model/bpr refuses what has no meaning") {
  CHECK_THROWS_WITH(bpr("reg_negative_factors: 0.1"),
                    Contains("reg_negative_factors") && Contains("solver: sequential"));
  const Toy toy = one_lacking();
  const ToyContext toy_context(toy);
  SECTION("data without anything to draw") {
    const Toy full = toy_of(2, 2, {0, 0, 1, 1}, {0, 1, 0, 1});
    CHECK_THROWS_WITH(bpr("")->fit(ToyContext(full).context()), Contains("has all items"));
    ToyOptions absolute = with_sgd("{lr: 0.1}");
    absolute.loss.kind = cofi::PointwiseLoss::Kind::kMae;
    CHECK_THROWS_WITH(bpr("")->fit(ToyContext(full, absolute).context()),
                      Contains("a loss of its own") && Contains("remove train.loss"));
    const Toy one_item = toy_of(2, 2, {0, 1}, {0, 0});
    CHECK_THROWS_WITH(bpr("negatives: popularity")->fit(ToyContext(one_item).context()),
                      Contains("has all items"));
    Toy none = one_lacking();
    none.train.clear();
    CHECK_THROWS_WITH(bpr("")->fit(ToyContext(none).context()),
                      Contains("no training interactions"));
  }
}
