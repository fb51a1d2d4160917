#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
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

std::unique_ptr<cofi::IterativeModel> co_clustering(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/co_clustering", "{" + parameters + "}");
  return std::unique_ptr<cofi::IterativeModel>(static_cast<cofi::IterativeModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

std::vector<std::int32_t> clusters(cofi::Model& model, const std::string& of) {
  cofi::Archive archive;
  model.state(archive);
  std::vector<std::int32_t> found;
  archive.reopened().child(of)("cluster", found);
  return found;
}

// The mean of the ratings that fit, and the global one where none does.
template <class Fits>
double mean_where(const cofi::Interactions& rows, const Fits& fits) {
  double sum = 0, count = 0;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (!fits(rows.users[n], rows.items[n])) continue;
    sum += rows.values[n];
    ++count;
  }
  return count > 0 ? sum / count : rows.mean();
}

// The formula from the clusters as they are, every mean from the ratings anew.
struct Plain {
  cofi::Interactions rows;
  std::vector<std::int32_t> users, items;  // clusters, whose means these are

  double value(std::int32_t user, std::int32_t item, std::int32_t g, std::int32_t h) const {
    const auto of = [](const std::vector<std::int32_t>& all, std::int32_t id) {
      return all[static_cast<std::size_t>(id)];
    };
    const double block =
        mean_where(rows, [&](auto u, auto i) { return of(users, u) == g && of(items, i) == h; });
    return block + mean_where(rows, [&](auto u, auto) { return u == user; }) -
           mean_where(rows, [&](auto u, auto) { return of(users, u) == g; }) +
           mean_where(rows, [&](auto, auto i) { return i == item; }) -
           mean_where(rows, [&](auto, auto i) { return of(items, i) == h; });
  }
  double value(std::int32_t user, std::int32_t item) const {
    return value(user, item, users[static_cast<std::size_t>(user)],
                 items[static_cast<std::size_t>(item)]);
  }

  // One epoch: users, then items, by the means of the clusters before it.
  Plain next(std::int32_t user_clusters, std::int32_t item_clusters) const {
    Plain moved = *this;
    const auto best = [&](bool by_user, std::int32_t id, std::int32_t count) {
      double least = 1e300;
      std::int32_t found = -1;
      for (std::int32_t c = 0; c < count; ++c) {
        double squares = 0;
        for (std::size_t n = 0; n < rows.size(); ++n) {
          if ((by_user ? rows.users[n] : rows.items[n]) != id) continue;
          const auto u = static_cast<std::size_t>(rows.users[n]);
          const auto i = static_cast<std::size_t>(rows.items[n]);
          const double error =
              rows.values[n] - value(rows.users[n], rows.items[n], by_user ? c : moved.users[u],
                                     by_user ? items[i] : c);
          squares += error * error;
        }
        if (squares < least - 1e-12) {
          least = squares;
          found = c;
        }
      }
      return found;
    };
    for (std::size_t u = 0; u < users.size(); ++u) {
      if (users[u] >= 0) moved.users[u] = best(true, static_cast<std::int32_t>(u), user_clusters);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i] >= 0) moved.items[i] = best(false, static_cast<std::int32_t>(i), item_clusters);
    }
    return moved;
  }
};

}  // namespace

TEST_CASE("model/co_clustering against its formulas in plain arithmetic") {
  // 12 users and 9 items, three cells of five rated.
  Toy toy;
  for (int user = 0; user < 12; ++user) toy.data.users.add("u" + std::to_string(user));
  for (int item = 0; item < 9; ++item) toy.data.items.add("i" + std::to_string(item));
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  for (std::int32_t user = 0; user < 11; ++user) {
    for (std::int32_t item = 0; item < 9; ++item) {
      if ((user * 7 + item * 3) % 5 > 2) continue;
      toy.train.push_back(static_cast<std::int32_t>(users.size()));
      users.push_back(user);
      items.push_back(item);
      values.push_back(static_cast<float>(1 + (user * item + user / 2 + 3 * item) % 5));
    }
  }
  toy.data.interactions.users = users;
  toy.data.interactions.items = items;
  toy.data.interactions.values = values;
  toy.data.scale = {1, 5};
  const ToyContext toy_context(toy);
  const cofi::Interactions& train = toy_context.context().train;
  const auto model = co_clustering("user_clusters: 3, item_clusters: 2");
  model->begin(toy_context.context());
  Plain plain{train, clusters(*model, "users"), clusters(*model, "items")};
  for (int epoch = 0; epoch <= 3; ++epoch) {
    CAPTURE(epoch);
    double squares = 0, loss = 0;
    if (epoch > 0) {
      plain = plain.next(3, 2);
      loss = model->epoch(epoch);
    }
    CHECK(clusters(*model, "users") == plain.users);
    CHECK(clusters(*model, "items") == plain.items);
    for (std::size_t n = 0; n < train.size(); ++n) {
      const double expected = plain.value(train.users[n], train.items[n]);
      CHECK(predict(*model, train.users[n], train.items[n]) == Approx(expected).epsilon(1e-6));
      squares += (expected - train.values[n]) * (expected - train.values[n]);
    }
    if (epoch > 0) CHECK(loss == Approx(squares / static_cast<double>(train.size())));
  }
  SECTION("unknown users and items, and those without ratings: what means there are") {
    CHECK(plain.users[11] == -1);
    const double of_item = mean_where(train, [](auto, auto item) { return item == 4; });
    const double of_user = mean_where(train, [](auto user, auto) { return user == 2; });
    CHECK(predict(*model, 11, 4) == Approx(of_item));
    CHECK(predict(*model, -1, 4) == Approx(of_item));
    CHECK(predict(*model, 2, -1) == Approx(of_user));
    CHECK(predict(*model, -1, -1) == Approx(train.mean()));
    CHECK(model->explain(-1, 4)->terms[0].name == "item mean");
    CHECK(model->explain(2, -1)->terms[0].name == "user mean");
  }
  SECTION("a user folded in gets its mean, and the cluster that fits its ratings best") {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>(3, 11);
    rows.items = std::vector<std::int32_t>{0, 3, 5};
    rows.values = std::vector<float>{5, 1, 3};
    double least = 1e300;
    std::vector<double> expected;
    for (std::int32_t g = 0; g < 3; ++g) {
      const double deviation = 3 - mean_where(train, [&](auto u, auto) {
                                 return plain.users[static_cast<std::size_t>(u)] == g;
                               });
      const auto value = [&](std::int32_t item) {  // as if user 0 were in g, less its deviation
        return plain.value(0, item, g, plain.items[static_cast<std::size_t>(item)]) -
               mean_where(train, [](auto u, auto) { return u == 0; }) +
               mean_where(
                   train,
                   [&](auto u, auto) { return plain.users[static_cast<std::size_t>(u)] == g; }) +
               deviation;
      };
      double squares = 0;
      for (std::size_t n = 0; n < 3; ++n) {
        squares += std::pow(rows.values[n] - value(rows.items[n]), 2);
      }
      if (squares >= least) continue;
      least = squares;
      expected = {value(1), value(2)};
    }
    const float other = predict(*model, 1, 2);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    CHECK(predict(*model, 1, 2) == other);
    CHECK(predict(*model, 11, 1) == Approx(expected[0]));
    CHECK(predict(*model, 11, 2) == Approx(expected[1]));
  }
}

TEST_CASE("model/co_clustering learns, explains and remembers") {
  const Toy toy = cofi::testing::block_toy();
  ToyOptions options;
  options.epochs = 20;
  const ToyContext one(toy, options);
  options.threads = 2;
  const ToyContext two(toy, options);
  const std::string parameters = "user_clusters: 2, item_clusters: 2";
  const auto model = co_clustering(parameters), again = co_clustering(parameters);
  model->fit(one.context());
  again->fit(two.context());
  CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
  CHECK(cofi::testing::rmse(*model, toy, toy.test) < 0.3);
  CHECK(cofi::testing::predictions(*model, toy, toy.test) ==
        cofi::testing::predictions(*again, toy, toy.test));
  CHECK(model->explain(3, 4)->terms.size() == 3);
  CHECK(model->explain(3, 4)->sum() == Approx(predict(*model, 3, 4)));
  cofi::Archive archive;
  model->state(archive);
  const auto loaded = co_clustering(parameters);
  cofi::Archive stored = archive.reopened();
  loaded->state(stored);
  CHECK(predict(*loaded, 3, 4) == predict(*model, 3, 4));
}

TEST_CASE("model/co_clustering on data that it can hardly learn from") {
  SECTION("no ratings: an error") {
    Toy toy = cofi::testing::hand_toy();
    toy.train.clear();
    CHECK_THROWS_WITH(co_clustering("")->fit(ToyContext(toy).context()),
                      Contains("model/co_clustering") && Contains("no training ratings"));
  }
  SECTION("more clusters than users, or items: an error with both numbers") {
    const ToyContext toy_context(cofi::testing::hand_toy());
    CHECK_THROWS_WITH(co_clustering("user_clusters: 4")->fit(toy_context.context()),
                      Contains("user_clusters is 4") && Contains("3 users"));
    CHECK_THROWS_WITH(co_clustering("item_clusters: 5")->fit(toy_context.context()),
                      Contains("item_clusters is 5") && Contains("3 items"));
  }
  SECTION("constant ratings are predicted, of a user with one rating, too") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>(6, 4.0F);
    toy.train = {0, 2, 3, 4, 5};
    const ToyContext toy_context(toy);
    const auto model = co_clustering("");
    model->fit(toy_context.context());
    CHECK(predict(*model, 0, 0) == 4);
    CHECK(predict(*model, 0, 2) == 4);
  }
}

TEST_CASE("model/co_clustering keeps the promises of models with other parameters, too") {
  for (const char* parameters : {"{user_clusters: 1, item_clusters: 7}", "{clip: true}"}) {
    INFO(parameters);
    cofi::testing::check(cofi::testing::check_model(
        cofi::testing::maker<cofi::Model>("model/co_clustering", parameters)));
  }
}
