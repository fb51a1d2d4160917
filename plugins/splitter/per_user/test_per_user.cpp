#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cofi/splitter.hpp"

#include "plugin/registry.hpp"
#include "support/data_folder.hpp"
#include "support/load_context.hpp"
#include "support/split_checks.hpp"

namespace {

using Json = nlohmann::ordered_json;
using cofi::test::Loading;
using cofi::test::same;

cofi::Split split_of(const cofi::Data& data, const std::vector<std::int32_t>& rows,
                     const Json& parameters, const Loading& loading = Loading()) {
  Json all = {{"use", "per_user"},
              {"test", 2},
              {"too_few", "error"},
              {"generator", "cofi"},
              {"seed", nullptr}};
  all.update(parameters);
  const auto splitter = cofi::plugin::Registry::standard().build<cofi::Splitter>(all, "split");
  CHECK(splitter->count() == 1);
  return splitter->at(0, data, rows, loading.context());
}

// User n (of those given, in this order) rates as many items as it says, from the last one down.
cofi::Data table(const std::vector<std::pair<std::string, int>>& users) {
  cofi::Data data;
  std::vector<std::int32_t> user, item;
  for (int n = 1; n <= 30; ++n) data.items.add(std::to_string(n));
  for (const auto& [name, ratings] : users) {
    const std::int32_t id = data.users.add(name);
    for (int n = ratings; n > 0; --n) {
      user.push_back(id);
      item.push_back(n - 1);
    }
  }
  data.interactions.values = std::vector<float>(user.size(), 1);
  data.interactions.users = std::move(user);
  data.interactions.items = std::move(item);
  return data;
}

}  // namespace

TEST_CASE("splitter/per_user") {
  const cofi::Data data = table({{"10", 5}, {"9", 3}, {"2", 30}});
  const auto rows = cofi::test::all_rows(data.interactions.size());
  SECTION("draws as many of each user; users come by their numbers") {
    for (const char* generator : {"cofi", "numpy"}) {
      const cofi::Split split = split_of(data, rows, {{"generator", generator}});
      CHECK(cofi::test::divides(split, rows));
      CHECK(std::is_sorted(split.train.begin(), split.train.end()));
      std::string users;
      for (const std::int32_t row : split.test) {
        users += std::string(data.users.name(data.interactions.users[std::size_t(row)])) + " ";
      }
      CHECK(users == "2 2 9 9 10 10 ");
      CHECK(split.notes.empty());
    }
  }
  SECTION("numpy: one RandomState through all users, items in order of their numbers") {
    // After numpy.random.seed(0), choice(arange(1, n + 1), 2, replace=False) for n = 30, 3, 5:
    // [3 29] [2 3] [5 3] (numpy 1.24.2).
    const cofi::Split split = split_of(data, rows, {{"generator", "numpy"}});
    std::string items;
    for (const std::int32_t row : split.test) {
      items += std::string(data.items.name(data.interactions.items[std::size_t(row)])) + " ";
    }
    CHECK(items == "3 29 2 3 5 3 ");
  }
  SECTION("of some of the rows") {
    const std::vector<std::int32_t> some = {37, 4, 3, 20, 0, 30};
    const cofi::Split split = split_of(data, some, {{"test", 1}});
    CHECK(cofi::test::divides(split, some));
    CHECK(split.test.size() == 2);  // "9" has no rows here, and is not missed
  }
  SECTION("the seed decides, threads never") {
    const auto with = [&](const Loading& loading) {
      return split_of(data, rows, Json::object(), loading);
    };
    CHECK(same(with(Loading(".", 1, 1)), with(Loading(".", 1, 3))));
    CHECK_FALSE(same(with(Loading(".", 1)), with(Loading(".", 2))));
    CHECK(same(with(Loading(".", 7)), split_of(data, rows, {{"seed", 7}})));
  }
  SECTION("users with too few ratings are named, or kept whole") {
    CHECK_THROWS_WITH(
        split_of(data, rows, {{"test", 5}}),
        "splitter/per_user: test: 2 of 3 users have no more than 5 ratings: '10' (5), "
        "'9' (3); test fewer, or keep such users whole with too_few: keep");
    const cofi::Split split = split_of(data, rows, {{"test", 5}, {"too_few", "keep"}});
    CHECK(cofi::test::divides(split, rows));
    CHECK(split.test.size() == 5);
    REQUIRE(split.notes.size() == 1);
    CHECK(split.notes[0] ==
          "2 of 3 users have no more than 5 ratings: '10' (5), '9' (3); kept whole for training");
    CHECK_THROWS_WITH(
        split_of(data, rows, {{"test", 30}, {"too_few", "keep"}}),
        Catch::Contains("3 of 3 users") && Catch::Contains("nothing is left to test"));
    const cofi::Data many = table({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 1}});
    CHECK_THROWS_WITH(split_of(many, cofi::test::all_rows(6), Json::object()),
                      Catch::Contains("'e' (1), ...;"));
  }
}

TEST_CASE("splitter/per_user draws the thesis' split") {
  const auto folder = cofi::test::data_folder("ml-100k");
  if (!folder) return;
  const auto reference =
      std::filesystem::path(*folder) / "../../reference/thesis-knn-split.test.csv";
  if (!std::filesystem::exists(reference)) {
    std::cout << "[skipped] needs reference/thesis-knn-split.test.csv beside COFI_DATA\n";
    return;
  }
  const auto data = cofi::plugin::Registry::standard()
                        .build<cofi::Dataset>({{"use", "movielens"},
                                               {"path", *folder},
                                               {"on_error", "error"},
                                               {"duplicates", "last"}},
                                              "dataset")
                        ->load(Loading().context());
  const auto rows = cofi::test::all_rows(data.interactions.size());
  const cofi::Split split = split_of(data, rows, {{"test", 10}, {"generator", "numpy"}});
  CHECK(cofi::test::divides(split, rows));

  // The reference stands in the order drawn.
  std::vector<std::tuple<int, int, float>> drawn, expected;
  const cofi::Interactions& table = data.interactions;
  for (const std::int32_t at : split.test) {
    const auto row = static_cast<std::size_t>(at);
    drawn.emplace_back(std::stoi(std::string(data.users.name(table.users[row]))),
                       std::stoi(std::string(data.items.name(table.items[row]))),
                       table.values[row]);
  }
  std::ifstream in(reference);
  std::string line;
  std::getline(in, line);
  for (int user, item; std::getline(in, line);) {
    float value = 0;
    REQUIRE(std::sscanf(line.c_str(), "%d,%d,%f", &user, &item, &value) == 3);
    expected.emplace_back(user, item, value);
  }
  CHECK(expected.size() == 9430);
  CHECK((drawn == expected));
}
