#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"

namespace {

using Json = nlohmann::ordered_json;
using cofi::test::Loading;

cofi::Data load(const Json& parameters, const Loading& loading = Loading()) {
  Json all = {{"use", "synthetic"},   {"users", 300},         {"items", 200},
              {"ratings", 12000},     {"mean", 3.5},          {"bias_sd", 0.4},
              {"factors", 4},         {"factor_sd", 0.5},     {"noise", 0.5},
              {"user_exponent", 0.6}, {"item_exponent", 0.8}, {"times", false},
              {"scale", nullptr}};
  all.update(parameters);
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

std::vector<std::size_t> counts(cofi::View<std::int32_t> ids, std::int32_t n) {
  std::vector<std::size_t> all(static_cast<std::size_t>(n), 0);
  for (const std::int32_t id : ids) ++all[static_cast<std::size_t>(id)];
  std::sort(all.rbegin(), all.rend());
  return all;
}

double deviation(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v, squares += v * v;
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / n - sum / n * (sum / n));
}

std::vector<double> noise_of(const cofi::Data& data) {
  std::vector<double> noise;
  for (std::size_t n = 0; n < data.interactions.size(); ++n) {
    noise.push_back(double{data.interactions.values[n]} - data.expected[n]);
  }
  return noise;
}

bool same(const cofi::Data& a, const cofi::Data& b) {
  const auto equal = [](const auto& x, const auto& y) {
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin());
  };
  return equal(a.interactions.users, b.interactions.users) &&
         equal(a.interactions.items, b.interactions.items) &&
         equal(a.interactions.values, b.interactions.values) &&
         equal(a.interactions.times, b.interactions.times) && equal(a.expected, b.expected);
}

void check_distinct(const cofi::Data& data) {
  std::set<std::pair<std::int32_t, std::int32_t>> pairs;
  for (std::size_t n = 0; n < data.interactions.size(); ++n) {
    pairs.emplace(data.interactions.users[n], data.interactions.items[n]);
  }
  CHECK(pairs.size() == data.interactions.size());
}

}  // namespace

TEST_CASE("dataset/synthetic") {
  SECTION("has the shape asked for, distinct pairs, and a bound that holds") {
    const cofi::Data data = load(Json::object());
    CHECK(data.interactions.size() == 12000);
    CHECK(data.users.size() == 300);
    CHECK(data.items.size() == 200);
    CHECK(data.users.name(299) == "300");
    CHECK(data.interactions.times.empty());
    check_distinct(data);
    CHECK(data.interactions.mean() == Approx(3.5).margin(0.15));
    CHECK(deviation(noise_of(data)) == Approx(0.5).epsilon(0.03));
    const std::vector<double> expected(data.expected.begin(), data.expected.end());
    CHECK(deviation(expected) == Approx(std::sqrt(2 * 0.16 + 0.25)).epsilon(0.15));
    CHECK(data.note.find("the best possible RMSE is 0.5 in expectation, 0.") != std::string::npos);
  }
  SECTION("has long tails") {
    const cofi::Data data = load({{"user_exponent", 1.0}, {"item_exponent", 1.0}});
    const auto users = counts(data.interactions.users, 300);
    const auto items = counts(data.interactions.items, 200);
    CHECK(users.front() == 200);  // as many as there are items
    CHECK(users.back() >= 1);
    CHECK(users.front() > 5 * users[150]);
    CHECK(items.front() > 2 * items[100]);
    check_distinct(data);
  }
  SECTION("exponents of 0 make all users alike") {
    const auto users =
        counts(load({{"user_exponent", 0.0}, {"item_exponent", 0.0}}).interactions.users, 300);
    CHECK(users.front() == 40);
    CHECK(users.back() == 40);
  }
  SECTION("full, nearly empty and one-item tables") {
    check_distinct(load({{"ratings", 60000}}));
    CHECK(load({{"ratings", 7}}).interactions.size() == 7);
    CHECK(load({{"users", 1}, {"items", 1}, {"ratings", 1}, {"factors", 0}}).interactions.size() ==
          1);
  }
  SECTION("no noise: the values are the expected ones") {
    const cofi::Data data = load({{"noise", 0.0}});
    CHECK(std::equal(data.expected.begin(), data.expected.end(), data.interactions.values.begin()));
  }
  SECTION("times grow within a user") {
    const cofi::Data data = load({{"times", true}});
    REQUIRE(data.interactions.times.size() == 12000);
    bool grow = true;
    for (std::size_t n = 1; n < 12000; ++n) {
      grow = grow && (data.interactions.users[n] != data.interactions.users[n - 1] ||
                      data.interactions.times[n] >= data.interactions.times[n - 1]);
    }
    CHECK(grow);
    CHECK(data.interactions.times[0] >= 1000000000);
  }
  SECTION("a scale: ratings on it, expected values unbiased") {
    const cofi::Data data = load({{"scale", {1.0, 5.0, 0.5}}, {"mean", 4.2}});
    CHECK(data.scale.low == 1);
    CHECK(data.scale.high == 5);
    CHECK(std::all_of(data.interactions.values.begin(), data.interactions.values.end(),
                      [](float v) { return v >= 1 && v <= 5 && 2 * v == std::floor(2 * v); }));
    const auto noise = noise_of(data);
    double sum = 0;
    for (const double v : noise) sum += v;
    CHECK(sum / 12000 == Approx(0).margin(0.02));  // clipping alone would shift it by more
    CHECK(data.note.find("planted; the best possible RMSE is 0.") == 0);
    CHECK(load({{"scale", {1.0, 5.0, 1.0}}, {"noise", 0.0}}).note.find("is 0.0000") !=
          std::string::npos);
  }
  SECTION("the seed decides, threads never") {
    const Json parameters = {{"times", true}};
    CHECK(same(load(parameters, Loading(".", 3, 1)), load(parameters, Loading(".", 3, 3))));
    CHECK_FALSE(same(load(parameters, Loading(".", 3)), load(parameters, Loading(".", 4))));
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(load({{"ratings", 60001}}),
                      "dataset/synthetic (dataset): ratings: 60001 is more than users x items = "
                      "60000");
    CHECK_THROWS_WITH(load({{"scale", {1.0, 5.0}}}),
                      "dataset/synthetic (dataset): scale: needs three numbers: [low, high, step]");
    for (const Json& scale : {Json{1.0, 5.0, 0.3}, Json{1.0, 5.0, 0.001}}) {
      CHECK_THROWS_WITH(
          load({{"scale", scale}}),
          "dataset/synthetic (dataset): scale: low to high must be 1 to 1000 whole steps");
    }
    for (const Json& scale :
         {Json{5.0, 1.0, 1.0}, Json{5.0, 1.0, -1.0}, Json{1.0, 5.0, 0.0}, Json{1.0, 1.0, 1.0}}) {
      CHECK_THROWS_WITH(load({{"scale", scale}}),
                        "dataset/synthetic (dataset): scale: low must be less than high, and step "
                        "more than 0");
    }
  }
}
