#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "data/row_filter.hpp"

using cofi::Data;
using cofi::Random;
using cofi::ThreadPool;
using cofi::data::RowFilter;

namespace {

struct Row {
  const char *user, *item;
  float value;
  std::int64_t time;
};

Data data_of(const std::vector<Row>& rows) {
  std::vector<std::int32_t> users, items;
  std::vector<float> values, expected;
  std::vector<std::int64_t> times;
  Data data;
  for (const Row& row : rows) {
    users.push_back(data.users.add(row.user));
    items.push_back(data.items.add(row.item));
    values.push_back(row.value);
    times.push_back(row.time);
    expected.push_back(row.value + 0.5F);
  }
  data.interactions = {users, items, values, times};
  data.expected = expected;
  data.scale = {0.5F, 5};
  return data;
}

// "a-x a-y b-x": the rows left, by their names.
std::string rows_of(const Data& data) {
  std::string text;
  for (std::size_t n = 0; n < data.interactions.size(); ++n) {
    text += (n == 0 ? "" : " ") + std::string(data.users.name(data.interactions.users[n])) + "-" +
            std::string(data.items.name(data.interactions.items[n]));
  }
  return text;
}

const ThreadPool& pool() {
  static const ThreadPool pool(2);
  return pool;
}

//       x    y    z   w
//   a   1    2    3
//   b   3.3  4
//   c   5             2
Data table() {
  return data_of({{"a", "x", 1, 10},
                  {"a", "y", 2, 20},
                  {"a", "z", 3, 30},
                  {"b", "x", 3.3F, 40},
                  {"b", "y", 4, 50},
                  {"c", "x", 5, 60},
                  {"c", "w", 2, 70}});
}

}  // namespace

TEST_CASE("A row filter keeps what its steps ask for") {
  const Data data = table();
  RowFilter filter(data, pool());

  SECTION("values, both ends included, as they are stored") {
    filter.keep_values(3.3, 4);
    CHECK(rows_of(filter.take()) == "b-x b-y");
    filter.keep_values(std::nullopt, 3.3);
    CHECK(rows_of(filter.take()) == "b-x");
    CHECK(filter.extent().interactions == 1);
  }
  SECTION("times, both ends included") {
    filter.keep_times(20, 50);
    CHECK(rows_of(filter.take()) == "a-y a-z b-x b-y");
    filter.keep_times(std::nullopt, 29);
    CHECK(rows_of(filter.take()) == "a-y");
    Data timeless = table();
    timeless.interactions.times = {};
    CHECK_THROWS_WITH(RowFilter(timeless, pool()).keep_times(1, 2),
                      Catch::StartsWith("the data has no times; give the dataset"));
  }
  SECTION("a core: dropping z and w leaves c with one row, dropping c leaves the rest") {
    filter.keep_core(2, 2);
    CHECK(rows_of(filter.take()) == "a-x a-y b-x b-y");
    filter.keep_core(3, 1);
    CHECK(filter.extent().interactions == 0);
  }
  SECTION("a core of users alone, of items alone") {
    filter.keep_core(3, 1);
    CHECK(rows_of(filter.take()) == "a-x a-y a-z");
    RowFilter items(data, pool());
    items.keep_core(1, 3);
    CHECK(rows_of(items.take()) == "a-x b-x c-x");
  }
  SECTION("the items with the most rows; of equals the first") {
    filter.keep_top_items(3);
    CHECK(rows_of(filter.take()) == "a-x a-y a-z b-x b-y c-x");
    filter.keep_top_items(100);
    CHECK(filter.extent().items == 3);
    filter.keep_top_items(1);
    CHECK(rows_of(filter.take()) == "a-x b-x c-x");
  }
  SECTION("a sample has whole users, is the same for a stream and another for another") {
    const auto sample = [&](std::uint64_t seed) {
      RowFilter drawn(data, pool());
      drawn.sample_users(1, Random(seed));
      return rows_of(drawn.take());
    };
    bool differs = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::string rows = sample(seed);
      CHECK((rows == "a-x a-y a-z" || rows == "b-x b-y" || rows == "c-x c-w"));
      CHECK(rows == sample(seed));
      differs = differs || rows != sample(0);
    }
    CHECK(differs);
    CHECK_THROWS_WITH(filter.sample_users(4, Random(1)), "4 users asked for, and there are 3");
    filter.keep_values(std::nullopt, 3);  // b is gone, and no longer drawn from
    filter.sample_users(2, Random(1));
    CHECK(rows_of(filter.take()) == "a-x a-y a-z c-w");
  }
  SECTION("values become 1, or 0 below a threshold") {
    filter.binarise(3.3);
    const Data left = filter.take();
    CHECK(std::vector<float>(left.interactions.values.begin(), left.interactions.values.end()) ==
          std::vector<float>{0, 0, 0, 1, 1, 1, 0});
    CHECK(left.scale.low == 0);
    CHECK(left.scale.high == 1);
    CHECK(left.expected.empty());
    filter.binarise(std::nullopt);
    CHECK(filter.take().interactions.values[0] == 1);
    CHECK(filter.take().scale.low == 1);
  }
}

TEST_CASE("What a row filter leaves is compact") {
  Data data = table();
  data.titles = {"X", "Y", "Z", "W"};
  data.tags = {{"t1"}, {}, {"t2", "t3"}, {"t4"}};
  data.counts = {{"lines", 7}};
  data.feedback["seen"].users = std::vector<std::int32_t>{0, 1, 2, 2};
  data.feedback["seen"].items = std::vector<std::int32_t>{3, 1, 3, 0};
  data.feedback["seen"].values = std::vector<float>{1, 2, 3, 4};
  RowFilter filter(data, pool());
  filter.keep_times(60, 70);
  const Data left = filter.take();
  // c has become user 0; x and w items 0 and 1, in the order in which they come.
  CHECK(rows_of(left) == "c-x c-w");
  CHECK(left.users.size() == 1);
  CHECK(left.items.size() == 2);
  CHECK(left.items.find("z") == cofi::Vocabulary::kUnknown);
  CHECK(left.titles == std::vector<std::string>{"X", "W"});
  CHECK(left.tags == std::vector<std::vector<std::string>>{{"t1"}, {"t4"}});
  CHECK(left.expected[1] == 2.5F);
  CHECK(left.interactions.times[1] == 70);
  CHECK(left.scale.high == 5);
  CHECK(left.counts == data.counts);
  const cofi::Interactions& seen = left.feedback.at("seen");
  REQUIRE(seen.size() == 2);
  CHECK(seen.items[0] == 1);
  CHECK(seen.values[0] == 3);
  CHECK(seen.items[1] == 0);
}
