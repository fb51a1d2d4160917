#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::IterativeModel> fism(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/fism", "{" + parameters + "}");
  return std::unique_ptr<cofi::IterativeModel>(static_cast<cofi::IterativeModel*>(model.release()));
}

at::Tensor table(cofi::Model& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// The given items of each user, all to train on.
Toy toy_of(std::int32_t items, const std::vector<std::vector<std::int32_t>>& of_users) {
  Toy toy;
  std::vector<std::int32_t> row_users, row_items;
  for (std::size_t user = 0; user < of_users.size(); ++user) {
    toy.data.users.add("u" + std::to_string(user));
    for (const std::int32_t item : of_users[user]) {
      toy.train.push_back(static_cast<std::int32_t>(row_users.size()));
      row_users.push_back(static_cast<std::int32_t>(user));
      row_items.push_back(item);
    }
  }
  for (std::int32_t item = 0; item < items; ++item) toy.data.items.add("i" + std::to_string(item));
  toy.data.interactions.users = row_users;
  toy.data.interactions.items = row_items;
  toy.data.interactions.values = std::vector<float>(row_users.size(), 1);
  toy.data.scale = {1, 1};
  return toy;
}

using Table = std::vector<std::vector<double>>;

Table plain(const at::Tensor& tensor) {
  Table rows;
  for (std::int64_t row = 0; row < tensor.size(0); ++row) {
    rows.emplace_back();
    const at::Tensor flat = tensor[row].reshape({-1});
    for (std::int64_t c = 0; c < flat.size(0); ++c) rows.back().push_back(flat[c].item<double>());
  }
  return rows;
}

// The paper's algorithms in float64, a row of the user's items at a time.
struct Textbook {
  double alpha, rate, reg, reg_user, reg_item;
  Table p, q, user_bias, item_bias;
  std::vector<std::vector<std::int32_t>> items;  // of each user

  std::vector<std::size_t> others(std::size_t user, std::size_t item) const {
    std::vector<std::size_t> found;
    for (const std::int32_t id : items[user]) {
      if (static_cast<std::size_t>(id) != item) found.push_back(static_cast<std::size_t>(id));
    }
    return found;
  }
  std::vector<double> weighted_sum(const std::vector<std::size_t>& of) const {
    std::vector<double> sum(q[0].size());
    for (const std::size_t id : of) {
      for (std::size_t k = 0; k < sum.size(); ++k) {
        sum[k] += p[id][k] / std::pow(static_cast<double>(of.size()), alpha);
      }
    }
    return sum;
  }
  double score(std::size_t user, std::size_t item) const {
    const std::vector<double> sum = weighted_sum(others(user, item));
    double value = user_bias[user][0] + item_bias[item][0];
    for (std::size_t k = 0; k < sum.size(); ++k) value += sum[k] * q[item][k];
    return value;
  }
  void move(std::vector<double>& row, double by, const std::vector<double>& direction,
            double penalty) const {
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] += rate * (by * direction[k] - penalty * row[k]);
    }
  }
  double point(std::size_t user, std::size_t item, double target) {
    const double error = target - score(user, item);
    const std::vector<std::size_t> rows = others(user, item);
    const std::vector<double> sum = weighted_sum(rows), before = q[item];
    move(user_bias[user], error, {1}, reg_user);
    move(item_bias[item], error, {1}, reg_item);
    move(q[item], error, sum, reg);
    const double share = std::pow(static_cast<double>(rows.size()), -alpha);
    for (const std::size_t id : rows) move(p[id], error * share, before, reg);
    return error * error / 2;
  }
  double pair(std::size_t user, std::size_t item, std::size_t drawn) {
    const std::vector<std::size_t> rows = others(user, item);
    const std::vector<double> sum = weighted_sum(rows);
    std::vector<double> difference = q[item];
    double error = 1 - item_bias[item][0] + item_bias[drawn][0];
    for (std::size_t k = 0; k < sum.size(); ++k) {
      difference[k] -= q[drawn][k];
      error -= sum[k] * difference[k];
    }
    move(item_bias[item], error, {1}, reg_item);
    move(item_bias[drawn], -error, {1}, reg_item);
    move(q[item], error, sum, reg);
    move(q[drawn], -error, sum, reg);
    const double share = std::pow(static_cast<double>(rows.size()), -alpha);
    for (const std::size_t id : rows) move(p[id], error * share, difference, reg);
    return error * error / 2;
  }
};

double largest_difference(const at::Tensor& found, const Table& expected) {
  double largest = 0;
  const Table rows = plain(found);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t c = 0; c < rows[row].size(); ++c) {
      largest = std::max(largest, std::abs(rows[row][c] - expected[row][c]));
    }
  }
  return largest;
}

// One user with four items of five (what is drawn is known), at large rates and penalties.
void compare_epochs(const std::string& loss, double rate, double reg) {
  const Toy toy = toy_of(5, {{4, 0, 3, 1}});
  const ToyContext toy_context(toy);
  const auto model =
      fism("loss: " + loss + ", factors: 3, alpha: 0.7, negatives: 2, lr: " + std::to_string(rate) +
           ", reg_factors: " + std::to_string(reg) +
           ", reg_user_bias: 0.2, reg_item_bias: 0.3, init_deviation: 0.5");
  model->begin(toy_context.context());
  const at::Tensor user_bias = table(*model, "user_bias"), item_bias = table(*model, "item_bias");
  Textbook textbook{0.7,
                    rate,
                    reg,
                    0.2,
                    0.3,
                    plain(table(*model, "rated_factors")),
                    plain(table(*model, "item_factors")),
                    plain(user_bias),
                    plain(item_bias),
                    {{0, 1, 3, 4}}};
  for (std::int64_t epoch = 1; epoch <= 10; ++epoch) {
    const double found = model->epoch(epoch);
    // The order in which the user's items come is the model's own.
    const auto order = toy_context.context()
                           .random.stream("epoch")
                           .stream(static_cast<std::uint64_t>(epoch))
                           .stream(std::uint64_t{0})
                           .stream("items")
                           .permutation(4);
    double sum = 0, steps = 0;
    for (const std::int32_t k : order) {
      const auto item = static_cast<std::size_t>(textbook.items[0][static_cast<std::size_t>(k)]);
      if (loss == "rmse") sum += textbook.point(0, item, 1), ++steps;
      for (int n = 0; n < 2; ++n, ++steps) {
        sum += loss == "rmse" ? textbook.point(0, 2, 0) : textbook.pair(0, item, 2);
      }
    }
    CHECK(found == Approx(sum / steps).epsilon(1e-4));
  }
  CHECK(largest_difference(table(*model, "rated_factors"), textbook.p) < 1e-5);
  CHECK(largest_difference(table(*model, "item_factors"), textbook.q) < 1e-5);
  CHECK(largest_difference(user_bias, textbook.user_bias) < 1e-5);
  CHECK(largest_difference(item_bias, textbook.item_bias) < 1e-5);
  for (std::int32_t item = 0; item < 5; ++item) {
    CHECK(predict(*model, 0, item) ==
          Approx(textbook.score(0, static_cast<std::size_t>(item))).margin(1e-5));
  }
}

}  // namespace

TEST_CASE("model/fism takes the steps of the paper's algorithms") {
  SECTION("FISMrmse, ones and drawn zeros") { compare_epochs("rmse", 0.1, 0.6); }
  SECTION("FISMauc, pairs") { compare_epochs("auc", 0.1, 0.6); }
  SECTION("also where steps leave next to nothing of the factors") {
    compare_epochs("rmse", 0.4, 2.2);
    compare_epochs("auc", 0.4, 2.2);
  }
}

TEST_CASE("model/fism predicts") {
  const Toy toy = cofi::testing::implicit_toy();
  const ToyContext toy_context(toy);
  for (const char* loss : {"rmse", "auc"}) {
    INFO(loss);
    const auto model = fism(std::string("alpha: 0.4, loss: ") + loss);
    model->fit(toy_context.context());
    std::vector<std::int32_t> own;
    const cofi::Interactions& train = toy_context.context().train;
    for (std::size_t n = 0; n < train.size(); ++n) {
      if (train.users[n] == 2) own.push_back(train.items[n]);
    }
    std::sort(own.begin(), own.end());
    const Textbook textbook{0.4,
                            0,
                            0,
                            0,
                            0,
                            plain(table(*model, "rated_factors")),
                            plain(table(*model, "item_factors")),
                            plain(table(*model, "user_bias")),
                            plain(table(*model, "item_bias")),
                            {{}, {}, own}};
    const std::int32_t items = toy.data.items.size(), users = toy.data.users.size();
    std::vector<float> scores(static_cast<std::size_t>(items));
    model->score(std::int32_t{2}, {}, items, scores.data());
    for (std::int32_t item = 0; item < items; ++item) {
      const auto at = static_cast<std::size_t>(item);
      CHECK(predict(*model, 2, item) == Approx(textbook.score(2, at)).margin(1e-5));
      CHECK(scores[at] == Approx(textbook.score(2, at)).margin(1e-5));
    }
    CHECK(predict(*model, -1, 3) == Approx(textbook.item_bias[3][0]));
    CHECK(predict(*model, 2, -1) == Approx(textbook.user_bias[2][0]));
    const auto why = model->explain(2, own[0]);
    REQUIRE(why);
    CHECK(why->terms.size() == 2 + own.size() - 1);
    CHECK(why->sum() == Approx(predict(*model, 2, own[0])).margin(1e-5));

    // The last user of the toy has no interactions: it is given user 2's.
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>(own.size(), users - 1);
    rows.items = own;
    rows.values = std::vector<float>(own.size(), 1);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    for (std::int32_t item = 0; item < items; ++item) {
      const double bias = textbook.user_bias[2][0];
      CHECK(predict(*model, users - 1, item) + bias ==
            Approx(predict(*model, 2, item)).margin(1e-5));
    }
  }
}

TEST_CASE("model/fism has the same bits on three threads, whatever the values are") {
  Toy toy = cofi::testing::implicit_toy();
  const ToyContext one(toy);
  ToyOptions options;
  options.threads = 3;
  toy.data.interactions.values = std::vector<float>(toy.data.interactions.size(), 4);
  const ToyContext three(toy, options);
  const auto a = fism(""), b = fism("");
  a->fit(one.context());
  b->fit(three.context());
  for (const char* name : {"user_factors", "rated_factors", "item_factors", "item_bias"}) {
    CHECK(at::equal(table(*a, name), table(*b, name)));
  }
}

TEST_CASE("model/fism on users of one item, and of an item that comes twice") {
  const Toy toy = toy_of(3, {{0}, {0, 1}});
  Toy twice = toy_of(3, {{0}, {0, 1, 0}});
  const ToyContext first(toy), second(twice);
  for (const char* loss : {"loss: auc", "loss: rmse"}) {
    const auto a = fism(loss), b = fism(loss);
    a->fit(first.context());
    b->fit(second.context());
    // Without itself, the only item has nothing that speaks for it but biases.
    CHECK(predict(*a, 0, 0) == Approx(table(*a, "item_bias")[0].item<double>() +
                                      table(*a, "user_bias")[0].item<double>()));
    CHECK(predict(*b, 1, 2) == predict(*a, 1, 2));
  }
}

TEST_CASE("model/fism refuses what has no meaning") {
  CHECK_THROWS_WITH(fism("lr: 0.5, reg_factors: 2.0"),
                    Contains("reg_factors") && Contains("must be below 1"));
  Toy none = cofi::testing::implicit_toy();
  none.train.clear();
  CHECK_THROWS_WITH(fism("")->fit(ToyContext(none).context()),
                    Contains("no training interactions"));
  const Toy full = toy_of(2, {{0, 1}, {0, 1}});
  CHECK_THROWS_WITH(fism("")->fit(ToyContext(full).context()), Contains("has all items"));
  SECTION("rates at which it diverges, and says so") {
    const Toy toy = cofi::testing::implicit_toy();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(
        fism("lr: 10.0, alpha: 0.0, init_deviation: 10.0, reg_factors: 0.0, reg_user_bias: 0.0, "
             "reg_item_bias: 0.0")
            ->fit(toy_context.context()),
        Contains("diverged") && Contains("epoch 1") && Contains("learning rate 10") &&
            Contains("lower model/fism's lr"));
  }
}
