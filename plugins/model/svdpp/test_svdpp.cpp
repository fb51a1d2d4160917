#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/conformance.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using Vector = std::vector<double>;
using Table = std::vector<Vector>;           // [rows][factors]
using Sets = std::vector<std::vector<int>>;  // [rows] ids

std::unique_ptr<cofi::GradientModel> svdpp(const std::string& parameters) {
  auto model = make<cofi::Model>("model/svdpp", parameters);
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

Table plain(const at::Tensor& tensor) {
  Table rows;
  for (std::int64_t row = 0; row < tensor.size(0); ++row) {
    rows.emplace_back();
    for (std::int64_t c = 0; c < (tensor.dim() == 1 ? 1 : tensor.size(1)); ++c) {
      rows.back().push_back(tensor.dim() == 1 ? tensor[row].item<double>()
                                              : tensor[row][c].item<double>());
    }
  }
  return rows;
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// The hand toy (a rated x y, b x z, c y z) whose users also looked at items: a at z, c at x and y.
Toy toy_with_looks() {
  Toy toy = cofi::testing::hand_toy();
  cofi::Interactions& looks = toy.data.feedback["looks"];
  looks.users = std::vector<std::int32_t>{0, 2, 2};
  looks.items = std::vector<std::int32_t>{2, 0, 1};
  looks.values = std::vector<float>{1, 1, 1};
  return toy;
}
const Sets kRatedItems = {{0, 1}, {0, 2}, {1, 2}}, kRatedUsers = {{0, 1}, {0, 2}, {1, 2}};
const Sets kSeenItems = {{2}, {}, {0, 1}}, kSeenUsers = {{2}, {2}, {0}};

// |set|^-1/2 times the sum of the vectors in it.
Vector sum_over(const std::vector<int>& set, const Table& vectors) {
  Vector sum(vectors[0].size());
  for (const int id : set) {
    for (std::size_t k = 0; k < sum.size(); ++k) {
      sum[k] += vectors[static_cast<std::size_t>(id)][k] / std::sqrt(set.size());
    }
  }
  return sum;
}

Vector operator+(Vector a, const Vector& b) {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] += b[k];
  return a;
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// One side's implicit feedback: each row's set, and the vectors of those in it.
struct Implicit {
  Sets sets;
  Table vectors;
};

Vector sums(const std::vector<Implicit>& all, std::size_t row, const Vector& own) {
  Vector total = own;
  for (const Implicit& part : all) total = total + sum_over(part.sets[row], part.vectors);
  return total;
}

// SVD++ in float64, every step spelt out.
struct Textbook {
  double mean;
  Table p, b, q, c;
  std::vector<Implicit> of_users, of_items;

  static Textbook of(cofi::GradientModel& model, double mean) {
    return {mean,
            plain(table(model, "user_factors")),
            plain(table(model, "user_bias")),
            plain(table(model, "item_factors")),
            plain(table(model, "item_bias")),
            {},
            {}};
  }

  double predict(std::size_t user, std::size_t item) const {
    return mean + b[user][0] + c[item][0] +
           dot(sums(of_users, user, p[user]), sums(of_items, item, q[item]));
  }

  // A step of every parameter, implicit vectors included, for each of a user's ratings in turn; the
  // penalty of the implicit vectors alone waits for the last. A penalty is reg / sqrt(2): all rows
  // of the hand toy have two ratings.
  void visit(std::size_t user, const std::vector<std::pair<std::size_t, double>>& ratings,
             double lr, double implicit_rate, double reg) {
    const std::vector<Implicit> before = of_users;
    for (const auto& [item, rating] : ratings) {
      const double slope = 2 * (predict(user, item) - rating);
      const Vector u = sums(of_users, user, p[user]), v = sums(of_items, item, q[item]);
      b[user][0] -= lr * (slope + reg / std::sqrt(2.0) * b[user][0]);
      c[item][0] -= lr * (slope + reg / std::sqrt(2.0) * c[item][0]);
      for (std::size_t k = 0; k < u.size(); ++k) {
        p[user][k] -= lr * (slope * v[k] + reg / std::sqrt(2.0) * p[user][k]);
        q[item][k] -= lr * (slope * u[k] + reg / std::sqrt(2.0) * q[item][k]);
        for (Implicit& part : of_users) {
          const std::vector<int>& set = part.sets[user];
          for (const int j : set) {
            part.vectors[static_cast<std::size_t>(j)][k] -=
                implicit_rate * lr * slope * v[k] / std::sqrt(set.size());
          }
        }
      }
    }
    for (std::size_t n = 0; n < of_users.size(); ++n) {
      const Sets& sets = of_users[n].sets;
      for (const int j : sets[user]) {
        double count = 0;  // of the sets that j stands in
        for (const auto& set : sets) {
          count += static_cast<double>(std::count(set.begin(), set.end(), j));
        }
        const double decay = static_cast<double>(ratings.size()) * implicit_rate * lr * reg;
        for (std::size_t k = 0; k < p[0].size(); ++k) {
          const auto row = static_cast<std::size_t>(j);
          of_users[n].vectors[row][k] -= decay / std::sqrt(count) * before[n].vectors[row][k];
        }
      }
    }
  }
};

double largest_difference(const Table& a, const at::Tensor& b) {
  double largest = 0;
  const Table other = plain(b);
  for (std::size_t row = 0; row < a.size(); ++row) {
    for (std::size_t k = 0; k < a[row].size(); ++k) {
      largest = std::max(largest, std::abs(a[row][k] - other[row][k]));
    }
  }
  return largest;
}

cofi::testing::ToyOptions with_sgd(const std::string& parameters) {
  cofi::testing::ToyOptions options;
  options.optimizer = make<cofi::Optimizer>("optimizer/sgd", parameters);
  return options;
}

}  // namespace

TEST_CASE("model/svdpp predicts") {
  const Toy toy = toy_with_looks();
  const ToyContext toy_context(toy);
  const std::string side = GENERATE("user", "item", "both");
  CAPTURE(side);
  const std::string parameters = "factors: 3, feedback: [rated, looks], init_deviation: 0.7";
  const auto model = svdpp("{side: " + side + ", " + parameters + "}");
  model->setup(toy_context.context());
  model->refresh(toy_context.pool());
  table(*model, "user_bias")[0] = 0.25F;
  table(*model, "item_bias")[1] = -0.5F;
  Textbook textbook = Textbook::of(*model, 3);
  if (side != "item") {
    textbook.of_users = {{kRatedItems, plain(table(*model, "implicit_items.rated"))},
                         {kSeenItems, plain(table(*model, "implicit_items.looks"))}};
  }
  if (side != "user") {
    textbook.of_items = {{kRatedUsers, plain(table(*model, "implicit_users.rated"))},
                         {kSeenUsers, plain(table(*model, "implicit_users.looks"))}};
  }
  SECTION("what the formula says, without the terms of unknown ids") {
    for (const std::int32_t user : {0, 1, 2}) {
      for (const std::int32_t item : {0, 1, 2}) {
        CAPTURE(user, item);
        const double expected =
            textbook.predict(static_cast<std::size_t>(user), static_cast<std::size_t>(item));
        CHECK(predict(*model, user, item) == Approx(expected).margin(3e-6));
        const auto why = model->explain(user, item);
        REQUIRE(why);
        CHECK(why->terms.size() == (side == "both" ? 7 : 5));
        CHECK(why->sum() == Approx(expected).margin(3e-6));
      }
    }
    CHECK(predict(*model, 0, -1) == 3.25F);
    CHECK(predict(*model, -1, 1) == 2.5F);
    CHECK(predict(*model, -1, -1) == 3);
    float scores[6];
    model->score(std::vector<std::int32_t>{2, -1}, {}, 3, scores);
    CHECK(scores[1] == Approx(textbook.predict(2, 1)).margin(3e-6));
    CHECK(scores[4] == 2.5F);
  }
  SECTION("items alike whose vectors are, sums included") {
    float alike[3];
    REQUIRE(model->similar_items(1, 3, alike));
    const auto vector = [&](std::size_t i) { return sums(textbook.of_items, i, textbook.q[i]); };
    for (const std::size_t other : {0, 1, 2}) {
      const double norms = dot(vector(1), vector(1)) * dot(vector(other), vector(other));
      CHECK(alike[other] == Approx(dot(vector(1), vector(other)) / std::sqrt(norms)).margin(1e-6));
    }
  }
  SECTION("as forward() does, unknown ids too") {
    std::vector<std::int32_t> users = {0, 2, -1, 1, 2, -1}, items = {1, 1, 1, -1, 0, -1};
    const at::Tensor all = model->forward({at::from_blob(users.data(), {6}, at::kInt),
                                           at::from_blob(items.data(), {6}, at::kInt),
                                           {},
                                           {}});
    for (std::int64_t n = 0; n < 6; ++n) {
      const auto at = static_cast<std::size_t>(n);
      CHECK(all[n].item<float>() == Approx(predict(*model, users[at], items[at])).margin(3e-6));
    }
  }
  SECTION("within the rating scale where it clips, and says so") {
    const auto clipped = svdpp("{clip: true, side: " + side + ", factors: 3, init_deviation: 9}");
    clipped->setup(toy_context.context());
    clipped->refresh(toy_context.pool());
    for (const std::int32_t item : {0, 1, 2}) {
      const float value = predict(*clipped, 1, item);
      CHECK(value >= 1);
      CHECK(value <= 5);
      CHECK(clipped->explain(1, item)->terms.back().name == "clipping");
      CHECK(clipped->explain(1, item)->sum() == Approx(value).margin(1e-4));
    }
  }
  SECTION("for users folded in: the gradient of the penalized error vanishes, others stay") {
    const auto folded = svdpp("{fold_in_reg: 0.5, side: " + side + ", " + parameters + "}");
    folded->setup(toy_context.context());
    folded->refresh(toy_context.pool());
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{0, 0};
    rows.items = std::vector<std::int32_t>{1, 2};
    rows.values = std::vector<float>{5, 2};
    const float other = predict(*folded, 1, 1);
    // Loaded models know all that is needed, too.
    cofi::Archive archive;
    folded->state(archive);
    const auto loaded = svdpp("{fold_in_reg: 0.5, side: " + side + ", " + parameters + "}");
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(predict(*loaded, 0, 1) == predict(*folded, 0, 1));
    for (const auto& one : {folded.get(), loaded.get()}) {
      REQUIRE(one->fold_in(rows, toy_context.pool()));
      CHECK(predict(*one, 1, 1) == other);
      Textbook now = Textbook::of(*one, 3);
      now.of_users = textbook.of_users;
      now.of_items = textbook.of_items;
      if (side != "item") now.of_users[0].sets[0] = {1, 2};
      double errors = 0;
      Vector pull(3);
      for (const auto& [item, rating] : {std::pair<std::size_t, double>{1, 5}, {2, 2}}) {
        CHECK(predict(*one, 0, static_cast<std::int32_t>(item)) ==
              Approx(now.predict(0, item)).epsilon(1e-5));
        const double error = rating - now.predict(0, item);
        errors += error;
        const Vector v = sums(now.of_items, item, now.q[item]);
        for (std::size_t k = 0; k < 3; ++k) pull[k] += error * v[k];
      }
      CHECK(errors == Approx(0.5 * now.b[0][0]).margin(1e-5));
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(pull[k] == Approx(0.5 * now.p[0][k]).margin(1e-5));
      }
    }
  }
}

TEST_CASE("model/svdpp's sequential solver") {
  const cofi::PointwiseLoss mse;
  SECTION("takes every step that the textbook takes, in the order of users drawn") {
    constexpr double kRate = 0.03, kImplicit = 0.7, kReg = 0.4;
    const std::string side = GENERATE("user", "both");
    const ToyContext toy_context(toy_with_looks());
    const auto model =
        svdpp("{factors: 3, feedback: [rated, looks], solver: sequential, side: " + side +
              ", reg_scale: frequency, implicit_rate: 0.7, "
              "init_deviation: 0.5}");
    model->setup(toy_context.context());
    model->refresh(toy_context.pool());
    Textbook textbook = Textbook::of(*model, 3);
    textbook.of_users = {{kRatedItems, plain(table(*model, "implicit_items.rated"))},
                         {kSeenItems, plain(table(*model, "implicit_items.looks"))}};
    if (side == "both") {
      textbook.of_items = {{kRatedUsers, plain(table(*model, "implicit_users.rated"))},
                           {kSeenUsers, plain(table(*model, "implicit_users.looks"))}};
    }
    const std::vector<std::pair<std::size_t, double>> ratings[] = {
        {{0, 5}, {1, 3}}, {{0, 4}, {2, 1}}, {{1, 2}, {2, 3}}};
    double loss = 0;
    cofi::Random order(7);
    for (const std::int32_t user : order.permutation(3)) {
      const auto u = static_cast<std::size_t>(user);
      textbook.visit(u, ratings[u], kRate, kImplicit, kReg);
    }
    loss = model->pass({1, kRate, kReg, mse, cofi::Random(7), toy_context.pool(),
                        toy_context.context().communicator});
    model->refresh(toy_context.pool());
    CHECK(loss > 1);
    CHECK(largest_difference(textbook.p, table(*model, "user_factors")) < 1e-5);
    CHECK(largest_difference(textbook.b, table(*model, "user_bias")) < 1e-5);
    CHECK(largest_difference(textbook.q, table(*model, "item_factors")) < 1e-5);
    CHECK(largest_difference(textbook.c, table(*model, "item_bias")) < 1e-5);
    const auto& users = textbook.of_users;
    CHECK(largest_difference(users[0].vectors, table(*model, "implicit_items.rated")) < 1e-5);
    CHECK(largest_difference(users[1].vectors, table(*model, "implicit_items.looks")) < 1e-5);
    CHECK(predict(*model, 2, 1) == Approx(textbook.predict(2, 1)).margin(1e-5));
  }
  SECTION("of one rating is a step of the batch solver of batches of one") {
    const std::string side = GENERATE("user", "item");
    CAPTURE(side);
    Toy toy = cofi::testing::hand_toy();
    toy.train = {0};
    cofi::testing::ToyOptions options = with_sgd("{lr: 0.05, lazy: true, weight_decay: 0.3}");
    options.epochs = 1;
    options.batch = 1;
    const ToyContext toy_context(toy, options);
    const std::string parameters =
        "factors: 3, side: " + side + ", init_deviation: 0.5, reg_implicit: 0.2}";
    const auto batch = svdpp("{solver: batch, " + parameters);
    const auto sequential = svdpp("{solver: sequential, " + parameters);
    const auto start = svdpp("{" + parameters);
    start->setup(toy_context.context());
    start->refresh(toy_context.pool());
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    for (const cofi::Parameter& parameter : batch->parameters()) {
      CAPTURE(parameter.name);
      CHECK(at::allclose(parameter.value, table(*sequential, parameter.name), 0, 1e-5));
      CHECK_FALSE(at::allclose(parameter.value, table(*start, parameter.name), 0, 1e-3));
    }
  }
  SECTION("goes by user and by item in turn where both sides have sums") {
    const ToyContext toy_context(cofi::testing::hand_toy());
    const auto model = svdpp("{factors: 3, solver: sequential, side: both}");
    model->setup(toy_context.context());
    model->refresh(toy_context.pool());
    const at::Tensor y = table(*model, "implicit_items.rated");
    const at::Tensor z = table(*model, "implicit_users.rated");
    const at::Tensor first_y = y.clone(), first_z = z.clone();
    model->pass(
        {1, 0.05, 0, mse, cofi::Random(1), toy_context.pool(), toy_context.context().communicator});
    const at::Tensor second_y = y.clone();
    CHECK_FALSE(at::equal(first_y, second_y));
    CHECK(at::equal(first_z, z));
    model->pass(
        {2, 0.05, 0, mse, cofi::Random(2), toy_context.pool(), toy_context.context().communicator});
    CHECK(at::equal(second_y, y));
    CHECK_FALSE(at::equal(first_z, z));
  }
  SECTION("passes the checks of models") {
    const std::string side = GENERATE("user", "item", "both");
    cofi::testing::ModelCheck options;
    options.fit = with_sgd("{lr: 0.02, weight_decay: 0.01}");
    cofi::testing::check(cofi::testing::check_model(
        cofi::testing::maker<cofi::Model>(
            "model/svdpp", "{factors: 4, solver: sequential, reg_scale: frequency, side: " + side +
                               ", init_distribution: uniform, clip: true}"),
        options));
  }
  SECTION("takes plain gradient descent alone") {
    const ToyContext toy_context(cofi::testing::hand_toy());
    CHECK_THROWS_WITH(svdpp("{solver: sequential}")->fit(toy_context.context()),
                      Catch::Contains("takes optimizer: {use: sgd} without momentum"));
  }
}

TEST_CASE("model/svdpp's batch solver passes the checks of models with sums on either side") {
  cofi::testing::check(cofi::testing::check_model(cofi::testing::maker<cofi::Model>(
      "model/svdpp", GENERATE("{factors: 3, side: item}", "{factors: 17, side: both}"))));
}

TEST_CASE("model/svdpp's data") {
  Toy toy = cofi::testing::hand_toy();
  SECTION("initial factors have the stated deviation; implicit ones of nobody are zero") {
    toy = cofi::testing::block_toy();
    const ToyContext toy_context(toy);
    const std::string distribution = GENERATE("normal", "uniform");
    const auto model = svdpp(
        "{factors: 200, side: both, init_deviation: 0.3, init_distribution: " + distribution + "}");
    model->setup(toy_context.context());
    model->refresh(toy_context.pool());
    for (const char* name : {"user_factors", "item_factors"}) {
      const at::Tensor all = table(*model, name);
      CHECK(all.mean().item<double>() == Approx(0).margin(0.02));
      CHECK(std::sqrt((all * all).mean().item<double>()) == Approx(0.3).epsilon(0.03));
    }
    CHECK(table(*model, "implicit_items.rated")[30].abs().max().item<double>() == 0);
    CHECK(table(*model, "implicit_users.rated")[40].abs().max().item<double>() == 0);
    CHECK(table(*model, "implicit_users.rated")[39].abs().max().item<double>() > 0);
  }
  SECTION("constant ratings, of a user with one of them, are learned") {
    toy.train = {0, 1, 2, 3, 4};
    toy.data.interactions.values = std::vector<float>(6, 4);
    const ToyContext toy_context(toy, with_sgd("{lr: 0.02}"));
    const auto model = svdpp("{factors: 2, solver: sequential, side: both}");
    model->fit(toy_context.context());
    for (const std::int32_t user : {0, 1, 2}) {
      CHECK(predict(*model, user, 0) == Approx(4).margin(0.1));
    }
  }
  SECTION("without training interactions there is nothing to learn from") {
    toy.train.clear();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(svdpp("{}")->fit(toy_context.context()),
                      Catch::Contains("there are no training interactions to learn from"));
  }
  SECTION("a feedback set that the dataset lacks is an error that names those there are") {
    const ToyContext toy_context(toy_with_looks());
    CHECK_THROWS_WITH(svdpp("{feedback: [rated, clicks]}")->fit(toy_context.context()),
                      Catch::Contains("the dataset has no set 'clicks'; there are: rated, looks"));
  }
}

TEST_CASE("model/svdpp refuses parameters") {
  CHECK_THROWS_WITH(svdpp("{feedback: []}"), Catch::Contains("is empty: name a set"));
  CHECK_THROWS_WITH(svdpp("{feedback: [rated, rated]}"), Catch::Contains("names 'rated' twice"));
  CHECK_THROWS_WITH(svdpp("{reg_scale: frequency}"),
                    Catch::Contains("which solver: sequential alone can do"));
  CHECK_THROWS_WITH(svdpp("{implicit_rate: 0.5}"),
                    Catch::Contains("has no use with solver: batch"));
  CHECK_THROWS_WITH(svdpp("{factors: 0}"), Catch::Contains("factors"));
  CHECK_THROWS_WITH(svdpp("{fold_in_reg: 0}"), Catch::Contains("fold_in_reg"));
}
