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
using Table = std::vector<std::vector<double>>;  // [rows][columns]

std::unique_ptr<cofi::GradientModel> asymmetric(const std::string& parameters) {
  auto model = make<cofi::Model>("model/asymmetric_svd", parameters);
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

// The hand toy (a rated x y, b x z, c y z) whose user c also looked at x.
Toy toy_with_looks() {
  Toy toy = cofi::testing::hand_toy();
  cofi::Interactions& looks = toy.data.feedback["looks"];
  looks.users = std::vector<std::int32_t>{2};
  looks.items = std::vector<std::int32_t>{0};
  looks.values = std::vector<float>{1};
  return toy;
}

using Ratings = std::vector<std::pair<std::size_t, double>>;  // of a user: item, rating

// The model in float64, every step spelt out, of the hand toy with looks.
struct Textbook {
  std::vector<Ratings> ratings = {{{0, 5}, {1, 3}}, {{0, 4}, {2, 1}}, {{1, 2}, {2, 3}}};
  std::vector<std::vector<std::size_t>> looks = {{}, {}, {0}};
  Table b, c, q, x, y, seen;
  std::vector<double> user_baseline, item_baseline;

  explicit Textbook(cofi::GradientModel& model)
      : b(plain(table(model, "user_bias"))),
        c(plain(table(model, "item_bias"))),
        q(plain(table(model, "item_factors"))),
        x(plain(table(model, "rated_items"))),
        y(plain(table(model, "implicit_items.rated"))),
        seen(plain(table(model, "implicit_items.looks"))) {
    // Koren (2010), section 2.1, ten times over, with dampings of 15 and 10.
    user_baseline = item_baseline = {0, 0, 0};
    for (int epoch = 0; epoch < 10; ++epoch) {
      std::vector<double> users(3), items(3);
      for (std::size_t u = 0; u < 3; ++u) {
        for (const auto& [i, r] : ratings[u]) items[i] += (r - 3 - user_baseline[u]) / (10 + 2);
      }
      for (std::size_t u = 0; u < 3; ++u) {
        for (const auto& [i, r] : ratings[u]) users[u] += (r - 3 - items[i]) / (15 + 2);
      }
      user_baseline = users;
      item_baseline = items;
    }
  }

  // What counts of rating n of the user, and of all that it rated.
  double weight(std::size_t u, std::size_t n) const {
    const auto& [item, rating] = ratings[u][n];
    return (rating - 3 - user_baseline[u] - item_baseline[item]) * scale(u);
  }
  double scale(std::size_t u) const { return 1 / std::sqrt(ratings[u].size()); }

  std::vector<double> vector(std::size_t u) const {
    std::vector<double> sum(q[0].size());
    for (std::size_t k = 0; k < sum.size(); ++k) {
      for (std::size_t n = 0; n < ratings[u].size(); ++n) {
        const std::size_t j = ratings[u][n].first;
        sum[k] += weight(u, n) * x[j][k] + scale(u) * y[j][k];
      }
      for (const std::size_t j : looks[u]) sum[k] += seen[j][k] / std::sqrt(looks[u].size());
    }
    return sum;
  }

  double predict(std::size_t u, std::size_t i) const {
    const std::vector<double> w = vector(u);
    double value = 3 + b[u][0] + c[i][0];
    for (std::size_t k = 0; k < w.size(); ++k) value += w[k] * q[i][k];
    return value;
  }

  // A step of every parameter for each of the user's ratings; the penalty of x and y alone waits
  // for the last.
  void visit(std::size_t u, double lr, double implicit_rate, double reg) {
    const Table old_x = x, old_y = y, old_seen = seen;
    const double rate = lr * implicit_rate;
    for (const auto& [i, rating] : ratings[u]) {
      const double slope = 2 * (predict(u, i) - rating);
      const std::vector<double> w = vector(u), old = q[i];
      b[u][0] -= lr * (slope + reg * b[u][0]);
      c[i][0] -= lr * (slope + reg * c[i][0]);
      for (std::size_t k = 0; k < w.size(); ++k) {
        q[i][k] -= lr * (slope * w[k] + reg * old[k]);
        for (std::size_t n = 0; n < ratings[u].size(); ++n) {
          const std::size_t j = ratings[u][n].first;
          x[j][k] -= rate * slope * weight(u, n) * old[k];
          y[j][k] -= rate * slope * scale(u) * old[k];
        }
        for (const std::size_t j : looks[u]) {
          seen[j][k] -= rate * slope * old[k] / std::sqrt(looks[u].size());
        }
      }
    }
    const double decay = static_cast<double>(ratings[u].size()) * rate * reg;
    for (std::size_t k = 0; k < q[0].size(); ++k) {
      for (const auto& [j, rating] : ratings[u]) {
        x[j][k] -= decay * old_x[j][k];
        y[j][k] -= decay * old_y[j][k];
      }
      for (const std::size_t j : looks[u]) seen[j][k] -= decay * old_seen[j][k];
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

TEST_CASE("model/asymmetric_svd predicts") {
  const ToyContext toy_context(toy_with_looks());
  const std::string parameters = "factors: 3, feedback: [looks, rated], init_deviation: 0.7";
  const auto model = asymmetric("{" + parameters + "}");
  model->setup(toy_context.context());
  model->refresh(toy_context.pool());
  table(*model, "user_bias")[0] = 0.25F;
  table(*model, "item_bias")[1] = -0.5F;
  const Textbook textbook(*model);
  SECTION("what the formula says, without the terms of unknown ids") {
    for (const std::int32_t user : {0, 1, 2}) {
      for (const std::int32_t item : {0, 1, 2}) {
        CAPTURE(user, item);
        const double expected =
            textbook.predict(static_cast<std::size_t>(user), static_cast<std::size_t>(item));
        CHECK(predict(*model, user, item) == Approx(expected).margin(3e-6));
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
  SECTION("for what the user rated, each item with all that it counts") {
    const auto why = model->explain(2, 0);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 3 + 2 + 1);
    CHECK(why->sum() == Approx(textbook.predict(2, 0)).margin(3e-6));
    CHECK(why->terms[4].name == "rated");
    CHECK(why->terms[4].id == 2);
    double counts = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      counts += textbook.q[0][k] *
                (textbook.weight(2, 1) * textbook.x[2][k] + textbook.scale(2) * textbook.y[2][k]);
    }
    CHECK(why->terms[4].value == Approx(counts).epsilon(1e-5));
    CHECK(why->terms[5].name == "looks");
    CHECK(why->terms[5].id == 0);
    CHECK(model->explain(-1, -1)->terms.size() == 1);
  }
  SECTION("within the rating scale where it clips, and says so") {
    const auto clipped = asymmetric("{clip: true, factors: 3, init_deviation: 9}");
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
  SECTION("for users folded in: they are what they rated; others stay") {
    const auto folded = asymmetric("{fold_in_reg: 0.5, " + parameters + "}");
    folded->setup(toy_context.context());
    folded->refresh(toy_context.pool());
    cofi::Archive archive;
    folded->state(archive);
    const auto loaded = asymmetric("{fold_in_reg: 0.5, " + parameters + "}");
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(predict(*loaded, 0, 1) == predict(*folded, 0, 1));
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{2, 2};
    rows.items = std::vector<std::int32_t>{0, 1};
    rows.values = std::vector<float>{5, 2};
    const float other = predict(*folded, 1, 1);
    for (const auto& one : {folded.get(), loaded.get()}) {
      REQUIRE(one->fold_in(rows, toy_context.pool()));
      CHECK(predict(*one, 1, 1) == other);
      Textbook now(*one);
      now.ratings[2] = {{0, 5}, {1, 2}};
      now.user_baseline[2] =
          (5 - 3 - now.item_baseline[0] + 2 - 3 - now.item_baseline[1]) / (15 + 2);
      const double errors = 5 - now.predict(2, 0) + 2 - now.predict(2, 1);
      CHECK(errors == Approx(0.5 * now.b[2][0]).margin(1e-5));
      CHECK(predict(*one, 2, 2) == Approx(now.predict(2, 2)).epsilon(1e-5));
      CHECK(one->explain(2, 2)->sum() == Approx(now.predict(2, 2)).epsilon(1e-5));
    }
  }
}

TEST_CASE("model/asymmetric_svd's sequential solver") {
  SECTION("takes every step that the textbook takes, in the order of users drawn") {
    constexpr double kRate = 0.03, kImplicit = 0.7, kReg = 0.4;
    const ToyContext toy_context(toy_with_looks());
    const auto model = asymmetric(
        "{factors: 3, feedback: [rated, looks], solver: sequential, implicit_rate: 0.7, "
        "init_deviation: 0.5}");
    model->setup(toy_context.context());
    model->refresh(toy_context.pool());
    Textbook textbook(*model);
    for (const std::int32_t user : cofi::Random(7).permutation(3)) {
      textbook.visit(static_cast<std::size_t>(user), kRate, kImplicit, kReg);
    }
    const cofi::PointwiseLoss mse;
    CHECK(model->pass({1, kRate, kReg, mse, cofi::Random(7), toy_context.pool(),
                       toy_context.context().communicator}) > 1);
    model->refresh(toy_context.pool());
    CHECK(largest_difference(textbook.b, table(*model, "user_bias")) < 1e-5);
    CHECK(largest_difference(textbook.c, table(*model, "item_bias")) < 1e-5);
    CHECK(largest_difference(textbook.q, table(*model, "item_factors")) < 1e-5);
    CHECK(largest_difference(textbook.x, table(*model, "rated_items")) < 1e-5);
    CHECK(largest_difference(textbook.y, table(*model, "implicit_items.rated")) < 1e-5);
    CHECK(largest_difference(textbook.seen, table(*model, "implicit_items.looks")) < 1e-5);
    CHECK(predict(*model, 2, 1) == Approx(textbook.predict(2, 1)).margin(1e-5));
  }
  SECTION("of one rating is a step of the batch solver of batches of one") {
    Toy toy = cofi::testing::hand_toy();
    toy.train = {0};
    cofi::testing::ToyOptions options = with_sgd("{lr: 0.05, lazy: true, weight_decay: 0.3}");
    options.epochs = 1;
    options.batch = 1;
    const ToyContext toy_context(toy, options);
    const std::string parameters = "factors: 3, init_deviation: 0.5, reg_implicit: 0.2}";
    const auto batch = asymmetric("{solver: batch, " + parameters);
    const auto sequential = asymmetric("{solver: sequential, " + parameters);
    const auto start = asymmetric("{" + parameters);
    start->setup(toy_context.context());
    start->refresh(toy_context.pool());
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    for (const cofi::Parameter& parameter : batch->parameters()) {
      CAPTURE(parameter.name);
      CHECK(at::allclose(parameter.value, table(*sequential, parameter.name), 0, 1e-5));
      CHECK_FALSE(at::equal(parameter.value, table(*start, parameter.name)));
    }
  }
  SECTION("passes the checks of models") {
    cofi::testing::ModelCheck options;
    options.fit = with_sgd("{lr: 0.02, weight_decay: 0.01}");
    cofi::testing::check(cofi::testing::check_model(
        cofi::testing::maker<cofi::Model>("model/asymmetric_svd",
                                          "{factors: 4, solver: sequential, reg_scale: frequency, "
                                          "init_distribution: uniform, clip: true}"),
        options));
  }
  SECTION("takes plain gradient descent alone") {
    const ToyContext toy_context(cofi::testing::hand_toy());
    CHECK_THROWS_WITH(asymmetric("{solver: sequential}")->fit(toy_context.context()),
                      Catch::Contains("takes optimizer: {use: sgd} without momentum"));
  }
}

TEST_CASE("model/asymmetric_svd's data") {
  Toy toy = cofi::testing::hand_toy();
  SECTION("may be ratings alone, without any implicit feedback") {
    const ToyContext toy_context(toy);
    const auto model = asymmetric("{feedback: [], factors: 2, init_deviation: 0.5}");
    model->fit(toy_context.context());
    CHECK(model->parameters().size() == 4);
    CHECK(cofi::testing::rmse(*model, toy, toy.train) < 0.5);
  }
  SECTION("constant ratings, of a user with one of them, are learned") {
    toy.train = {0, 1, 2, 3, 4};
    toy.data.interactions.values = std::vector<float>(6, 4);
    const ToyContext toy_context(toy, with_sgd("{lr: 0.02}"));
    const auto model = asymmetric("{factors: 2, solver: sequential}");
    model->fit(toy_context.context());
    for (const std::int32_t user : {0, 1, 2}) {
      CHECK(predict(*model, user, 0) == Approx(4).margin(0.1));
    }
  }
  SECTION("without training interactions there is nothing to learn from") {
    toy.train.clear();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(asymmetric("{}")->fit(toy_context.context()),
                      Catch::Contains("there are no training interactions to learn from"));
  }
  SECTION("a feedback set that the dataset lacks is an error that names those there are") {
    const ToyContext toy_context(toy_with_looks());
    CHECK_THROWS_WITH(asymmetric("{feedback: [clicks]}")->fit(toy_context.context()),
                      Catch::Contains("the dataset has no set 'clicks'; there are: rated, looks"));
  }
}

TEST_CASE("model/asymmetric_svd refuses parameters") {
  CHECK_THROWS_WITH(asymmetric("{feedback: [rated, rated]}"),
                    Catch::Contains("names 'rated' twice"));
  CHECK_THROWS_WITH(asymmetric("{reg_scale: frequency}"),
                    Catch::Contains("which solver: sequential alone can do"));
  CHECK_THROWS_WITH(asymmetric("{implicit_rate: 0.5}"),
                    Catch::Contains("has no use with solver: batch"));
  CHECK_THROWS_WITH(asymmetric("{factors: 0}"), Catch::Contains("factors"));
}
