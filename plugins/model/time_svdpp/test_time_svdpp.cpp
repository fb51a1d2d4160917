#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

// Every part, with windows of a day and of two hours.
constexpr char kEverything[] =
    "factors: 3, item_bins: 4, user_scale: true, window_scale: true, window_factors: true, "
    "windows: [86400, 7200], init_deviation: 0.3";
constexpr std::int64_t kBins = 4;
constexpr std::int64_t kLengths[] = {86400, 7200};

std::unique_ptr<cofi::GradientModel> time_svdpp(const std::string& parameters) {
  auto model = make<cofi::Model>("model/time_svdpp", "{" + parameters + "}");
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

std::shared_ptr<const cofi::Optimizer> sgd(const std::string& parameters) {
  return make<cofi::Optimizer>("optimizer/sgd", parameters);
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

std::vector<float> ask(const cofi::Model& model, const std::vector<std::int32_t>& users,
                       const std::vector<std::int32_t>& items,
                       const std::vector<std::int64_t>& times = {}) {
  std::vector<float> out(users.size());
  model.predict({users, items, times}, out.data());
  return out;
}

using Row = std::vector<double>;

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// The model in plain double arithmetic, from a model's tables.
struct Plain {
  const cofi::Interactions& train;
  std::map<std::string, std::vector<Row>> tables;
  double largest = 0;  // deviation

  Plain(cofi::GradientModel& model, const cofi::Interactions& rows) : train(rows) {
    for (const cofi::Parameter& parameter : model.parameters()) {
      const at::Tensor& value = parameter.value;
      for (std::int64_t row = 0; row < value.size(0); ++row) {
        Row values;
        for (std::int64_t k = 0; k < (value.dim() == 1 ? 1 : value.size(1)); ++k) {
          values.push_back(value.dim() == 1 ? value[row].item<double>()
                                            : value[row][k].item<double>());
        }
        tables[parameter.name].push_back(values);
      }
    }
    for (std::size_t n = 0; n < train.size(); ++n) {
      largest = std::max(largest, std::abs(unscaled(train.users[n], train.times[n])));
    }
  }

  Row& row(const std::string& name, std::int64_t id) {
    return tables.at(name).at(static_cast<std::size_t>(id));
  }
  double& bias(const std::string& name, std::int64_t id) { return row(name, id)[0]; }

  // sign(t - mean_u) |t - mean_u|^0.4 in days
  double unscaled(std::int32_t user, std::int64_t time) const {
    double sum = 0, count = 0;
    for (std::size_t n = 0; n < train.size(); ++n) {
      if (train.users[n] != user) continue;
      sum += static_cast<double>(train.times[n]);
      ++count;
    }
    if (count == 0) return 0;
    const double days = (static_cast<double>(time) - sum / count) / 86400;
    return (days < 0 ? -1 : 1) * std::pow(std::abs(days), 0.4);
  }
  double deviation(std::int32_t user, std::int64_t time) const {
    return unscaled(user, time) / largest;
  }
  std::int64_t cell(std::int32_t item, std::int64_t time) const {
    const auto [first, last] = std::minmax_element(train.times.begin(), train.times.end());
    const double share =
        static_cast<double>(time - *first) / static_cast<double>(*last - *first + 1);
    const auto bin = static_cast<std::int64_t>(std::floor(share * kBins));
    return item * kBins + std::min(std::max(bin, std::int64_t{0}), kBins - 1);
  }
  // The row of the user's window of the k-th length, -1: no training ratings there.
  std::int64_t window(std::size_t k, std::int32_t user, std::int64_t time) const {
    std::set<std::pair<std::int32_t, std::int64_t>> all;
    const auto number = [&](std::int64_t t) {
      return static_cast<std::int64_t>(
          std::floor(static_cast<double>(t) / static_cast<double>(kLengths[k])));
    };
    for (std::size_t n = 0; n < train.size(); ++n) {
      all.emplace(train.users[n], number(train.times[n]));
    }
    const auto found = all.find({user, number(time)});
    return found == all.end() ? -1 : std::distance(all.begin(), found);
  }
  static std::string window_bias(std::size_t k) {
    return "window_bias_" + std::to_string(kLengths[k]);
  }
  std::vector<std::int32_t> rated(std::int32_t user) const {
    std::vector<std::int32_t> items;
    for (std::size_t n = 0; n < train.size(); ++n) {
      if (train.users[n] == user) items.push_back(train.items[n]);
    }
    return items;
  }
  Row implicit(std::int32_t user) {
    Row sum(3);
    const auto items = rated(user);
    for (const std::int32_t item : items) {
      for (std::size_t k = 0; k < 3; ++k) sum[k] += row("implicit_factors", item)[k];
    }
    for (double& value : sum)
      value /= std::sqrt(std::max<double>(1, static_cast<double>(items.size())));
    return sum;
  }
  // p_u(t) with the user's implicit sum
  Row factors(std::int32_t user, std::int64_t time, const Row& implicit_sum) {
    Row x = implicit_sum;
    const std::int64_t day = window(0, user, time);
    for (std::size_t k = 0; k < 3; ++k) {
      x[k] +=
          row("user_factors", user)[k] + deviation(user, time) * row("user_factor_drift", user)[k];
      if (day >= 0) x[k] += row("window_factors", day)[k];
    }
    return x;
  }
  double scale(std::int32_t user, std::int64_t time) {
    const std::int64_t day = window(0, user, time);
    return 1 + bias("user_scale", user) + (day < 0 ? 0 : bias("window_scale", day));
  }
  double item_bias(std::int32_t item, std::int64_t time) {
    return bias("item_bias", item) + bias("item_bin_bias", cell(item, time));
  }
  double predict(std::int32_t user, std::int32_t item, std::int64_t time, const Row& implicit_sum) {
    double value = train.mean() + bias("user_bias", user) +
                   bias("user_drift", user) * deviation(user, time) +
                   scale(user, time) * item_bias(item, time) +
                   dot(factors(user, time, implicit_sum), row("item_factors", item));
    for (std::size_t k = 0; k < 2; ++k) {
      const std::int64_t at = window(k, user, time);
      if (at >= 0) value += bias(window_bias(k), at);
    }
    return value;
  }

  // How many training ratings a row of the part has.
  double count(const std::string& name, std::int64_t id) const {
    double sum = 0;
    for (std::size_t n = 0; n < train.size(); ++n) {
      const std::int32_t user = train.users[n];
      const std::int64_t own = name == "item_bin_bias"        ? cell(train.items[n], train.times[n])
                               : name == window_bias(1)       ? window(1, user, train.times[n])
                               : name.rfind("window", 0) == 0 ? window(0, user, train.times[n])
                               : name.rfind("user", 0) == 0   ? user
                                                              : train.items[n];
      if (own == id) ++sum;
    }
    return sum;
  }
  // value -= rate * (gradient + reg / sqrt(count) * value)
  void step(const std::string& name, std::int64_t id, const Row& gradient, double rate,
            double reg) {
    Row& values = row(name, id);
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] -= rate * (gradient[k] + reg / std::sqrt(count(name, id)) * values[k]);
    }
  }
  static Row times(double weight, Row values) {
    for (double& value : values) value *= weight;
    return values;
  }

  // Koren's steps (2009, section 4) for the squared error, in the pass' order.
  void pass(std::int32_t users, const cofi::Random& random, double rate, double reg) {
    const cofi::Grouping by_user = cofi::group_by(train.users, users);
    cofi::Random order = random.stream("users");
    for (const std::int32_t user : order.permutation(users)) {
      const auto own = by_user.group(user);
      const Row sum = implicit(user);
      Row pull(3);
      cofi::Random own_order = random.stream("ratings").stream(static_cast<std::uint64_t>(user));
      for (const std::int32_t k : own_order.permutation(static_cast<std::int32_t>(own.size()))) {
        rating(user, static_cast<std::size_t>(own[static_cast<std::size_t>(k)]), sum, pull, rate,
               reg);
      }
      const double ratings = static_cast<double>(own.size());
      for (const std::int32_t item : rated(user)) {
        const double penalty = reg / std::sqrt(count("implicit_factors", item));
        Row& y = row("implicit_factors", item);
        for (std::size_t k = 0; k < 3; ++k) {
          y[k] = std::pow(1 - rate * penalty, ratings) * y[k] - rate * pull[k] / std::sqrt(ratings);
        }
      }
    }
  }
  void rating(std::int32_t user, std::size_t n, const Row& sum, Row& pull, double rate,
              double reg) {
    const std::int32_t item = train.items[n];
    const std::int64_t time = train.times[n], day = window(0, user, time);
    const double slope = 2 * (predict(user, item, time, sum) - double{train.values[n]});
    const double dev = deviation(user, time), own_scale = scale(user, time);
    const double own_item_bias = item_bias(item, time);
    const Row q = row("item_factors", item), x = factors(user, time, sum);
    step("user_bias", user, {slope}, rate, reg);
    step("user_drift", user, {slope * dev}, rate, reg);
    step("user_scale", user, {slope * own_item_bias}, rate, reg);
    step("window_scale", day, {slope * own_item_bias}, rate, reg);
    for (std::size_t k = 0; k < 2; ++k) {
      step(window_bias(k), window(k, user, time), {slope}, rate, reg);
    }
    step("item_bias", item, {slope * own_scale}, rate, reg);
    step("item_bin_bias", cell(item, time), {slope * own_scale}, rate, reg);
    step("user_factors", user, times(slope, q), rate, reg);
    step("user_factor_drift", user, times(slope * dev, q), rate, reg);
    step("window_factors", day, times(slope, q), rate, reg);
    step("item_factors", item, times(slope, x), rate, reg);
    for (std::size_t k = 0; k < 3; ++k) pull[k] += slope * q[k];
  }
};

// Seven ratings of three users and three items over some days, before 1970 for one; user d and
// item w have none.
Toy timed_toy() {
  Toy toy = cofi::testing::hand_toy();
  toy.data.users.add("d");
  toy.data.items.add("w");
  toy.data.interactions.users = std::vector<std::int32_t>{0, 0, 0, 1, 1, 2, 2};
  toy.data.interactions.items = std::vector<std::int32_t>{0, 1, 2, 0, 2, 1, 2};
  toy.data.interactions.values = std::vector<float>{5, 3, 4, 4, 1, 2, 3};
  toy.data.interactions.times =
      std::vector<std::int64_t>{0, 3600, 200000, 90000, 180000, -40000, 260000};
  toy.train = {0, 1, 2, 3, 4, 5, 6};
  return toy;
}

Toy one_rating() {
  Toy toy = timed_toy();
  toy.train = {3};
  return toy;
}

}  // namespace

TEST_CASE("model/time_svdpp predicts as its formula says") {
  const Toy toy = timed_toy();
  const ToyContext toy_context(toy);
  const auto model = time_svdpp(kEverything);
  model->fit(toy_context.context());
  Plain plain(*model, toy_context.context().train);
  const cofi::Interactions& train = toy_context.context().train;
  SECTION("every part at the times of the training ratings and at others") {
    for (const std::int64_t time :
         {0L, 3600L, 7199L, 90000L, -40000L, -1000000L, 260000L, 999999L}) {
      for (std::int32_t user = 0; user < 4; ++user) {
        for (std::int32_t item = 0; item < 4; ++item) {
          CAPTURE(time, user, item);
          CHECK(ask(*model, {user}, {item}, {time})[0] ==
                Approx(plain.predict(user, item, time, plain.implicit(user))).margin(1e-5));
        }
      }
    }
    for (const auto& [name, rows] : plain.tables) {
      CAPTURE(name);
      CHECK(std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row[0] != 0; }));
    }
  }
  SECTION("without a time by the parts that do not move") {
    Row x = plain.implicit(0);
    for (std::size_t k = 0; k < 3; ++k) x[k] += plain.row("user_factors", 0)[k];
    const double expected = train.mean() + plain.bias("user_bias", 0) +
                            (1 + plain.bias("user_scale", 0)) * plain.bias("item_bias", 1) +
                            dot(x, plain.row("item_factors", 1));
    CHECK(ask(*model, {0}, {1})[0] == Approx(expected).margin(1e-5));
    SECTION("which is what the explanation's terms are") {
      const auto why = model->explain(0, 1);
      REQUIRE(why);
      REQUIRE(why->terms.size() == 5 + 3);
      CHECK(why->sum() == Approx(expected).margin(1e-5));
      CHECK(why->terms[3].name == "user scale");
      CHECK(why->terms.back().name == "rated");
      CHECK(why->terms.back().id == 2);
      CHECK(why->terms.back().value ==
            Approx(dot(plain.row("implicit_factors", 2), plain.row("item_factors", 1)) /
                   std::sqrt(3.0))
                .margin(1e-6));
    }
  }
  SECTION("of unknown ids the other's terms") {
    CHECK(ask(*model, {-1}, {1}, {0})[0] ==
          Approx(train.mean() + plain.item_bias(1, 0)).margin(1e-6));
    CHECK(ask(*model, {-1}, {-1}, {0})[0] == Approx(train.mean()));
    CHECK(ask(*model, {2}, {-1})[0] ==
          Approx(train.mean() + plain.bias("user_bias", 2)).margin(1e-6));
  }
  SECTION("all items of some users at once, each at a time of its own") {
    const std::vector<std::int32_t> users = {2, -1, 0, 3};
    const std::vector<std::int64_t> times = {-40000, 0, 200000, 90000};
    std::vector<float> scores(16);
    model->score(users, times, 4, scores.data());
    for (std::size_t n = 0; n < users.size(); ++n) {
      for (std::int32_t item = 0; item < 4; ++item) {
        CAPTURE(users[n], item);
        CHECK(scores[n * 4 + static_cast<std::size_t>(item)] ==
              Approx(ask(*model, {users[n]}, {item}, {times[n]})[0]).margin(1e-5));
      }
    }
  }
  SECTION("the same after saving and loading") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = time_svdpp(kEverything);
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(ask(*loaded, {0, 2, -1}, {1, 3, 0}, {3600, -40000, 0}) ==
          ask(*model, {0, 2, -1}, {1, 3, 0}, {3600, -40000, 0}));
  }
  SECTION("within the rating scale where it clips, and says so") {
    const auto clipped = time_svdpp(std::string(kEverything) + ", clip: true");
    cofi::FitContext narrow = toy_context.context();
    narrow.scale = {2.9F, 3.1F};
    clipped->fit(narrow);
    CHECK(ask(*clipped, {0}, {0}, {0})[0] == 3.1F);
    const auto why = clipped->explain(0, 0);
    REQUIRE(why);
    CHECK(why->terms.back().name == "clipping");
    CHECK(why->sum() == Approx(ask(*clipped, {0}, {0})[0]));
  }
  SECTION("for a user who is folded in by ridge regression: the gradient of its error vanishes") {
    const auto folded = time_svdpp(std::string(kEverything) + ", fold_in_reg: 0.5");
    folded->fit(toy_context.context());
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{3, 3};
    rows.items = std::vector<std::int32_t>{1, 2};
    rows.values = std::vector<float>{5, 2};
    rows.times = std::vector<std::int64_t>{3600, 200000};
    table(*folded, "user_drift")[3] = 1;  // as a cold start rule may set it
    const auto others = ask(*folded, {0, 2}, {1, 0}, {0, 0});
    REQUIRE(folded->fold_in(rows, toy_context.pool()));
    CHECK(ask(*folded, {0, 2}, {1, 0}, {0, 0}) == others);
    CHECK(table(*folded, "user_drift")[3].item<float>() == 0);
    const double first = 5 - double{ask(*folded, {3}, {1}, {3600})[0]};
    const double second = 2 - double{ask(*folded, {3}, {2}, {200000})[0]};
    CHECK(first + second ==
          Approx(0.5 * table(*folded, "user_bias")[3].item<double>()).margin(1e-5));
    const at::Tensor items = table(*folded, "item_factors");
    CHECK(at::allclose(items[1] * first + items[2] * second,
                       table(*folded, "user_factors")[3] * 0.5, 1e-4, 1e-5));
  }
}

TEST_CASE("model/time_svdpp's solver: sequential") {
  SECTION("takes Koren's steps, in float64 to 1e-4") {
    const Toy toy = timed_toy();
    const ToyContext toy_context(toy);
    const auto model =
        time_svdpp(std::string(kEverything) + ", solver: sequential, reg_scale: frequency");
    model->setup(toy_context.context());
    Plain plain(*model, toy_context.context().train);
    double sum = 0;
    for (std::int64_t epoch = 1; epoch <= 8; ++epoch) {
      const cofi::Random random = cofi::Random(5).stream(static_cast<std::uint64_t>(epoch));
      sum = model->pass({epoch, 0.05, 0.1, cofi::PointwiseLoss(), random, toy_context.pool(),
                         toy_context.context().communicator});
      plain.pass(4, random, 0.05, 0.1);
    }
    CHECK(sum < 2);  // of seven squared errors, which are 10.9 at the mean
    const Plain learned(*model, toy_context.context().train);
    for (const auto& [name, rows] : plain.tables) {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::size_t k = 0; k < rows[row].size(); ++k) {
          CAPTURE(name, row, k);
          CHECK(learned.tables.at(name)[row][k] == Approx(rows[row][k]).margin(1e-4));
        }
      }
    }
  }
  SECTION("is solver: batch for one rating, with steps for batches of one") {
    const Toy toy = one_rating();
    cofi::testing::ToyOptions options;
    options.epochs = 1;
    options.batch = 1;
    options.optimizer = sgd("{lr: 0.05, weight_decay: 0.1, lazy: true}");
    const ToyContext toy_context(toy, options);
    const std::string parameters = std::string(kEverything) +
                                   ", reg_user_factors: 0.3, "
                                   "reg_windows: [0.2, 0.4]";
    const auto batch = time_svdpp(parameters);
    const auto sequential = time_svdpp(parameters + ", solver: sequential");
    batch->fit(toy_context.context());
    sequential->fit(toy_context.context());
    for (const cofi::Parameter& parameter : batch->parameters()) {
      CAPTURE(parameter.name);
      CHECK(at::allclose(table(*sequential, parameter.name), parameter.value, 1e-5, 1e-6));
    }
    CHECK(table(*batch, "window_bias_7200").abs().max().item<double>() > 0.01);
  }
  SECTION("passes the checks of models, in all its variants") {
    const char* variants[] = {
        "{solver: sequential}",
        ("{solver: sequential, reg_scale: frequency, factors: 17, user_scale: true, "
         "window_scale: true, window_factors: true, windows: [86400, 3600], clip: true}"),
        "{solver: sequential, windows: [], item_bins: 0, user_drift: false, factor_drift: false}"};
    for (const char* variant : variants) {
      CAPTURE(variant);
      cofi::testing::ModelCheck options;
      options.fit.epochs = 20;
      options.fit.optimizer = sgd("{lr: 0.01}");
      cofi::testing::check(cofi::testing::check_model(
          cofi::testing::maker<cofi::Model>("model/time_svdpp", variant), options));
    }
  }
  SECTION("takes plain sgd, and no other optimizer") {
    const ToyContext toy_context(timed_toy());
    CHECK_THROWS_WITH(time_svdpp("solver: sequential")->fit(toy_context.context()),
                      Catch::Contains("takes optimizer: {use: sgd}"));
  }
}

TEST_CASE("model/time_svdpp's solver: batch passes the checks of models with every part") {
  cofi::testing::check(cofi::testing::check_model(cofi::testing::maker<cofi::Model>(
      "model/time_svdpp", "{" + std::string(kEverything) + ", clip: true}")));
}

TEST_CASE("model/time_svdpp and unusual data") {
  cofi::testing::ToyOptions sequential_options;
  sequential_options.optimizer = sgd("{lr: 0.01}");
  SECTION("needs times, and reads them") {
    Toy toy = timed_toy();
    toy.data.interactions.times = {};
    const ToyContext toy_context(toy);
    CHECK(time_svdpp("")->reads_times());
    for (const char* part :
         {"windows: [60]", "item_bins: 2", "user_drift: true", "factor_drift: true"}) {
      std::string parameters;
      for (const std::string off :
           {"windows: []", "item_bins: 0", "user_drift: false", "factor_drift: false"}) {
        const std::string name = off.substr(0, off.find(':'));
        parameters += (std::string(part).rfind(name, 0) == 0 ? part : off) + ", ";
      }
      CAPTURE(parameters);
      CHECK(time_svdpp(parameters)->reads_times());
      CHECK_THROWS_WITH(
          time_svdpp(parameters)->fit(toy_context.context()),
          Catch::Contains("model/time_svdpp needs times") && Catch::Contains("use model/svdpp"));
    }
    const auto timeless =
        time_svdpp("windows: [], item_bins: 0, user_drift: false, factor_drift: false");
    CHECK_FALSE(timeless->reads_times());
    timeless->fit(toy_context.context());
    CHECK(ask(*timeless, {0}, {0})[0] > ask(*timeless, {0}, {1})[0]);
  }
  SECTION("no training ratings are an error") {
    Toy toy = timed_toy();
    toy.train.clear();
    const ToyContext toy_context(toy);
    CHECK_THROWS_WITH(time_svdpp("")->fit(toy_context.context()),
                      Catch::Contains("no training ratings to learn from"));
  }
  SECTION("constant ratings are predicted, at any time, by more factors than the data has ranks") {
    Toy toy = timed_toy();
    toy.data.interactions.values = std::vector<float>(7, 4.0F);
    const ToyContext toy_context(toy, sequential_options);
    const auto model = time_svdpp("solver: sequential, factors: 50, init_deviation: 0.01");
    model->fit(toy_context.context());
    for (const float value : ask(*model, {0, 3, 1}, {0, 3, 1}, {0, 1000000, -1000000})) {
      CHECK(value == Approx(4).margin(0.01));
    }
  }
  SECTION("a single rating, whose user never deviates, is learned") {
    const Toy toy = one_rating();
    const ToyContext toy_context(toy, sequential_options);
    const auto model = time_svdpp("solver: sequential");
    model->fit(toy_context.context());
    CHECK(ask(*model, {1}, {0}, {90000})[0] == Approx(4).margin(0.05));
    CHECK(table(*model, "user_drift").abs().max().item<float>() == 0);
  }
}

TEST_CASE("model/time_svdpp refuses parameters that do not fit together") {
  const auto refused = [](const std::string& parameters, const char* name, const char* text) {
    CAPTURE(parameters);
    CHECK_THROWS_WITH(time_svdpp(parameters), Catch::Contains(name) && Catch::Contains(text));
  };
  refused("windows: [60, 60]", "windows", "a length twice");
  refused("windows: [0]", "windows", "1");
  refused("windows: [60, 3600], reg_windows: [1]", "reg_windows", "1 values for 2 lengths");
  refused("windows: [], window_scale: true", "window_scale", "there is none");
  refused("windows: [], window_factors: true", "window_factors", "there is none");
  refused("reg_scale: frequency", "reg_scale", "needs solver: sequential");
  refused("beta: 0", "beta", "0.01");
  refused("factors: 0", "factors", "1");
  refused("reg_user_bias: -1", "reg_user_bias", "0");
}
