#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using Table = std::vector<std::vector<double>>;

std::unique_ptr<cofi::GradientModel> neighborhood(const std::string& parameters) {
  auto model = make<cofi::Model>("model/global_neighborhood", "{" + parameters + "}");
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

// Eight users of whom user u rated every item i but those where (u + 2 i) % 3 is 0, and an item 6
// that nobody rated.
Toy uneven_toy() {
  Toy toy;
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  for (std::int32_t item = 0; item < 7; ++item) toy.data.items.add("i" + std::to_string(item));
  for (std::int32_t user = 0; user < 8; ++user) {
    toy.data.users.add("u" + std::to_string(user));
    for (std::int32_t item = 0; item < 6; ++item) {
      if ((user + 2 * item) % 3 == 0) continue;
      toy.train.push_back(static_cast<std::int32_t>(users.size()));
      users.push_back(user);
      items.push_back(item);
      values.push_back(static_cast<float>(1 + (user * item + user + 3 * item) % 5));
    }
  }
  toy.data.interactions.users = std::move(users);
  toy.data.interactions.items = std::move(items);
  toy.data.interactions.values = std::move(values);
  toy.data.scale = {1, 5};
  toy.test = toy.train;
  return toy;
}

// The model as its README's formulas say it, in float64, over a table of ratings (0: none).
struct Textbook {
  std::size_t users, items;
  Table ratings, residuals;  // [users][items]
  double mean = 0;
  std::vector<double> base_users, base_items;  // b~
  std::vector<double> b, c;                    // b_u, b_i
  Table w, v;                                  // w_ij, c_ij
  std::vector<std::vector<char>> near;         // [i][j] whether j is a neighbor of i

  explicit Textbook(const cofi::FitContext& context)
      : users(static_cast<std::size_t>(context.users)),
        items(static_cast<std::size_t>(context.items)),
        ratings(users, std::vector<double>(items)),
        residuals(ratings),
        base_users(users),
        base_items(items),
        w(items, std::vector<double>(items)),
        v(w),
        near(items, std::vector<char>(items, 1)) {
    const cofi::Interactions& train = context.train;
    for (std::size_t n = 0; n < train.size(); ++n) {
      ratings[at(train.users[n])][at(train.items[n])] = train.values[n];
      mean += train.values[n] / static_cast<double>(train.size());
    }
    for (int epoch = 0; epoch < 10; ++epoch) {
      for (std::size_t i = 0; i < items; ++i) {
        double sum = 0, count = 0;
        for (std::size_t u = 0; u < users; ++u) {
          if (ratings[u][i] == 0) continue;
          sum += ratings[u][i] - mean - base_users[u];
          ++count;
        }
        base_items[i] = sum / (10 + count);
      }
      for (std::size_t u = 0; u < users; ++u) {
        double sum = 0, count = 0;
        for (std::size_t i = 0; i < items; ++i) {
          if (ratings[u][i] == 0) continue;
          sum += ratings[u][i] - mean - base_items[i];
          ++count;
        }
        base_users[u] = sum / (15 + count);
      }
    }
    for (std::size_t u = 0; u < users; ++u) {
      for (std::size_t i = 0; i < items; ++i) {
        residuals[u][i] = ratings[u][i] - mean - base_users[u] - base_items[i];
      }
    }
    b = base_users;
    c = base_items;
    for (std::size_t i = 0; i < items; ++i) near[i][i] = 0;
  }

  static std::size_t at(std::int64_t id) { return static_cast<std::size_t>(id); }

  // Keeps the k others of the largest correlation of residuals, shrunk by (n - 1) / (n + 99).
  void keep_neighbors(std::size_t k) {
    for (std::size_t i = 0; i < items; ++i) {
      std::vector<std::pair<double, std::size_t>> alike;
      for (std::size_t j = 0; j < items; ++j) {
        double n = 0, dot = 0, ii = 0, jj = 0;
        for (std::size_t u = 0; u < users; ++u) {
          if (ratings[u][i] == 0 || ratings[u][j] == 0) continue;
          ++n;
          dot += residuals[u][i] * residuals[u][j];
          ii += residuals[u][i] * residuals[u][i];
          jj += residuals[u][j] * residuals[u][j];
        }
        near[i][j] = 0;
        if (j != i && n > 1)
          alike.emplace_back(-std::abs(dot / std::sqrt(ii * jj)) * (n - 1) / (n + 99), j);
      }
      std::sort(alike.begin(), alike.end());
      for (std::size_t n = 0; n < std::min(k, alike.size()); ++n) near[i][alike[n].second] = 1;
    }
  }

  double norm(std::size_t u, std::size_t i) const {
    double count = 0;
    for (std::size_t j = 0; j < items; ++j) count += ratings[u][j] != 0 && near[i][j] != 0;
    return count == 0 ? 0 : 1 / std::sqrt(count);
  }

  double predict(std::size_t u, std::size_t i) const {
    double sum = 0;
    for (std::size_t j = 0; j < items; ++j) {
      if (ratings[u][j] != 0 && near[i][j] != 0) sum += residuals[u][j] * w[i][j] + v[i][j];
    }
    return mean + b[u] + c[i] + norm(u, i) * sum;
  }

  // One epoch of squared error: each item's weights, then each user's ratings' biases, in the
  // model's random order.
  void pass(const cofi::Random& random, double rate, double decay) {
    for (std::size_t i = 0; i < items; ++i) {
      std::vector<std::size_t> raters;
      for (std::size_t u = 0; u < users; ++u) {
        if (ratings[u][i] != 0) raters.push_back(u);
      }
      cofi::Random order = random.stream("neighbor_weights").stream(i);
      for (const std::int32_t n : order.permutation(static_cast<std::int32_t>(raters.size()))) {
        const std::size_t u = raters[at(n)];
        const double push = 2 * (predict(u, i) - ratings[u][i]) * norm(u, i);
        for (std::size_t j = 0; j < items; ++j) {
          if (ratings[u][j] == 0 || near[i][j] == 0) continue;
          w[i][j] -= rate * (push * residuals[u][j] + decay * w[i][j]);
          v[i][j] -= rate * (push + decay * v[i][j]);
        }
      }
    }
    cofi::Random order = random.stream("users");
    for (const std::int32_t user : order.permutation(static_cast<std::int32_t>(users))) {
      const std::size_t u = at(user);
      std::vector<std::size_t> rated;
      for (std::size_t i = 0; i < items; ++i) {
        if (ratings[u][i] != 0) rated.push_back(i);
      }
      cofi::Random own = random.stream("ratings").stream(u);
      for (const std::int32_t n : own.permutation(static_cast<std::int32_t>(rated.size()))) {
        const std::size_t i = rated[at(n)];
        const double slope = 2 * (predict(u, i) - ratings[u][i]);
        b[u] -= rate * (slope + decay * b[u]);
        c[i] -= rate * (slope + decay * c[i]);
      }
    }
  }
};

// Weights that are all different.
void fill(cofi::GradientModel& model, Textbook& textbook, const std::vector<std::int64_t>& slots) {
  at::Tensor w = table(model, "explicit_weights"), v = table(model, "implicit_weights");
  const auto width = static_cast<std::size_t>(w.size(1));
  for (std::size_t i = 0; i < textbook.items; ++i) {
    for (std::size_t j = 0; j < textbook.items; ++j) {
      const double x = std::sin(static_cast<double>(7 * i + j)),
                   y = std::cos(static_cast<double>(i * j));
      textbook.w[i][j] = static_cast<float>(x);
      textbook.v[i][j] = static_cast<float>(y);
      const std::int64_t slot = slots[i * textbook.items + j];
      if (slot < 0) continue;
      const std::size_t place = i * width + static_cast<std::size_t>(slot);
      w.data_ptr<float>()[place] = static_cast<float>(x);
      v.data_ptr<float>()[place] = static_cast<float>(y);
    }
  }
}

// [items x items] where the weight of a pair stands in the item's row, -1 where nowhere.
std::vector<std::int64_t> slots(const Textbook& textbook, bool all) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < textbook.items; ++i) {
    std::int64_t next = 0;
    for (std::size_t j = 0; j < textbook.items; ++j) {
      places.push_back(all ? static_cast<std::int64_t>(j) : textbook.near[i][j] != 0 ? next++ : -1);
    }
  }
  return places;
}

}  // namespace

TEST_CASE("model/global_neighborhood predicts as its formula says") {
  const Toy toy = uneven_toy();
  const ToyContext toy_context(toy);
  const bool all = GENERATE(true, false);
  CAPTURE(all);
  const std::string parameters = all ? "clip: false" : "k: 2";
  const auto model = neighborhood(parameters);
  model->setup(toy_context.context());
  Textbook textbook(toy_context.context());
  if (!all) textbook.keep_neighbors(2);
  fill(*model, textbook, slots(textbook, all));
  SECTION("of every user and item, whether rated or not, and explains it by neighbors") {
    std::vector<float> scores(8 * 7);
    std::vector<std::int32_t> users = {0, 1, 2, 3, 4, 5, 6, 7};
    model->score(users, {}, 7, scores.data());
    for (std::int32_t user = 0; user < 8; ++user) {
      for (std::int32_t item = 0; item < 7; ++item) {
        CAPTURE(user, item);
        const double expected = textbook.predict(Textbook::at(user), Textbook::at(item));
        CHECK(predict(*model, user, item) == Approx(expected).margin(1e-5));
        CHECK(scores[Textbook::at(user * 7 + item)] == Approx(expected).margin(1e-5));
        const auto why = model->explain(user, item);
        REQUIRE(why);
        CHECK(why->sum() == Approx(expected).margin(1e-4));
        for (std::size_t n = 3; n < why->terms.size(); ++n) {
          const std::size_t j = Textbook::at(why->terms[n].id);
          CHECK(why->terms[n].of == cofi::Rows::kItems);
          CHECK(textbook.ratings[Textbook::at(user)][j] != 0);
          CHECK(textbook.near[Textbook::at(item)][j] != 0);
        }
      }
    }
  }
  SECTION("without the terms of unknown ids") {
    CHECK(predict(*model, -1, 2) == Approx(textbook.mean + textbook.c[2]));
    CHECK(predict(*model, 3, -1) == Approx(textbook.mean + textbook.b[3]));
    CHECK(predict(*model, -1, -1) == Approx(textbook.mean));
    CHECK(model->explain(-1, -1)->terms.size() == 1);
  }
  SECTION("the same after saving and loading") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = neighborhood(parameters);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    for (std::int32_t item = -1; item < 7; ++item) {
      CHECK(predict(*loaded, 1, item) == predict(*model, 1, item));
    }
  }
  SECTION("and takes what it weighs most for similar") {
    std::vector<float> alike(7, -1);
    REQUIRE(model->similar_items(2, 7, alike.data()));
    for (std::size_t j = 0; j < 7; ++j) {
      const bool has = all || textbook.near[2][j] != 0;
      CHECK(alike[j] == Approx(has ? textbook.w[2][j] : 0.0));
    }
  }
}

TEST_CASE("model/global_neighborhood folds in a user as what it rated") {
  Toy toy = uneven_toy();
  const ToyContext all(toy);
  // User 7 is unknown to training.
  toy.train.erase(
      std::remove_if(toy.train.begin(), toy.train.end(),
                     [&](std::int32_t n) {
                       return toy.data.interactions.users[static_cast<std::size_t>(n)] == 7;
                     }),
      toy.train.end());
  const ToyContext without(toy);
  const auto model = neighborhood("fold_in_reg: 3");
  model->setup(without.context());
  Textbook textbook(without.context());
  fill(*model, textbook, slots(textbook, true));
  cofi::Interactions rows;
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  double left = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double rating = Textbook(all.context()).ratings[7][i];
    if (rating == 0) continue;
    users.push_back(7);
    items.push_back(static_cast<std::int32_t>(i));
    values.push_back(static_cast<float>(rating));
    textbook.ratings[7][i] = rating;
    left += rating - textbook.mean - textbook.base_items[i];
  }
  const auto count = static_cast<double>(users.size());
  for (std::size_t i = 0; i < 6; ++i) {
    textbook.residuals[7][i] =
        textbook.ratings[7][i] - textbook.mean - left / (15 + count) - textbook.base_items[i];
  }
  textbook.b[7] = 0;
  double rest = 0;
  for (const std::int32_t item : items) {
    const std::size_t i = Textbook::at(item);
    rest += textbook.ratings[7][i] - textbook.predict(7, i);
  }
  textbook.b[7] = rest / (3 + count);
  rows.users = users;
  rows.items = items;
  rows.values = values;
  const float other = predict(*model, 2, 3);
  REQUIRE(model->fold_in(rows, without.pool()));
  CHECK(predict(*model, 2, 3) == other);
  for (std::int32_t item = 0; item < 7; ++item) {
    CHECK(predict(*model, 7, item) == Approx(textbook.predict(7, Textbook::at(item))).margin(1e-5));
  }
}

TEST_CASE("model/global_neighborhood learns") {
  SECTION("by passes what the textbook's loop in float64 learns, with any number of threads") {
    const Toy toy = uneven_toy();
    const bool all = GENERATE(true, false);
    cofi::testing::ToyOptions options;
    options.optimizer = make<cofi::Optimizer>("optimizer/sgd", "{lr: 0.02, weight_decay: 0.1}");
    const ToyContext one(toy, options);
    options.threads = 2;
    const ToyContext two(toy, options);
    const std::string parameters = all ? "solver: sequential" : "solver: sequential, k: 2";
    const auto a = neighborhood(parameters), b = neighborhood(parameters);
    a->begin(one.context());
    b->begin(two.context());
    Textbook textbook(one.context());
    if (!all) textbook.keep_neighbors(2);
    const double before = textbook.predict(1, 2);
    for (std::int64_t epoch = 1; epoch <= 5; ++epoch) {
      a->epoch(epoch);
      b->epoch(epoch);
      textbook.pass(one.context().random.stream("pass").stream(static_cast<std::uint64_t>(epoch)),
                    0.02, 0.1);
    }
    CHECK(std::abs(textbook.predict(1, 2) - before) > 0.01);
    for (std::int32_t user = 0; user < 8; ++user) {
      for (std::int32_t item = 0; item < 7; ++item) {
        CHECK(predict(*a, user, item) ==
              Approx(textbook.predict(Textbook::at(user), Textbook::at(item))).margin(1e-5));
        CHECK(predict(*b, user, item) == predict(*a, user, item));
      }
    }
  }
  SECTION("of one rating by a pass what a batch of it teaches") {
    Toy toy = uneven_toy();
    toy.train = {3};
    cofi::testing::ToyOptions options;
    options.epochs = 1;
    options.batch = 1;
    options.optimizer =
        make<cofi::Optimizer>("optimizer/sgd", "{lr: 0.05, weight_decay: 0.2, lazy: true}");
    const ToyContext toy_context(toy, options);
    const auto batch = neighborhood("solver: batch"),
               sequential = neighborhood("solver: sequential");
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    const auto tables = sequential->parameters();
    for (const cofi::Parameter& parameter : batch->parameters()) {
      CAPTURE(parameter.name);
      const at::Tensor other = table(*sequential, parameter.name);
      for (std::int64_t n = 0; n < other.numel(); ++n) {
        CHECK(other.data_ptr<float>()[n] ==
              Approx(parameter.value.data_ptr<float>()[n]).margin(1e-5));
      }
    }
    CHECK(predict(*batch, 1, 3) == Approx(predict(*sequential, 1, 3)));
  }
  SECTION("a checkerboard, which no sum of biases can, by either part") {
    const Toy toy = cofi::testing::block_toy();
    const ToyContext toy_context(toy);
    const std::string part = GENERATE("", "implicit: false", "k: 8, implicit: false");
    CAPTURE(part);
    const auto model = neighborhood(part);
    model->fit(toy_context.context());
    CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
    CHECK(cofi::testing::rmse(*model, toy, toy.test) < 0.4);
  }
  SECTION("constant ratings and a user with one rating") {
    Toy toy = uneven_toy();
    toy.data.interactions.values = std::vector<float>(toy.data.interactions.size(), 4);
    toy.train.resize(5);  // four of user 0, one of user 1
    const ToyContext toy_context(toy);
    for (const char* parameters : {"", "k: 3"}) {
      const auto model = neighborhood(parameters);
      model->fit(toy_context.context());
      CHECK(predict(*model, 1, 1) == Approx(4));
      CHECK(predict(*model, 5, 6) == Approx(4));
    }
  }
}

TEST_CASE("model/global_neighborhood refuses what it cannot do") {
  using Catch::Contains;
  CHECK_THROWS_WITH(neighborhood("explicit: false, implicit: false"),
                    Contains("leaves no neighborhood") && Contains("model/bias"));
  CHECK_THROWS_WITH(neighborhood("shrinkage: 10.0"), Contains("has no use without k"));
  SECTION("more memory than it may take") {
    const Toy toy = uneven_toy();
    const ToyContext toy_context(toy);
    cofi::FitContext context = toy_context.context();
    context.items = 20000;
    CHECK_THROWS_WITH(neighborhood("max_memory: 80.0")->setup(context),
                      Contains("20000 items with 20000 neighbors") && Contains("3200 MB") &&
                          Contains("set k to 500 or less"));
  }
  SECTION("an empty training set") {
    Toy toy = uneven_toy();
    toy.train.clear();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(neighborhood("")->fit(toy_context.context()),
                      Contains("no training interactions"));
  }
}
