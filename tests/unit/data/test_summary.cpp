#include <catch2/catch.hpp>

#include "data/summary.hpp"

using cofi::Data;

TEST_CASE("what data is said to be") {
  Data data;
  for (const char* user : {"a", "b"}) data.users.add(user);
  for (const char* item : {"x", "y", "z"}) data.items.add(item);
  data.interactions.users = std::vector<std::int32_t>{0, 0, 1};
  data.interactions.items = std::vector<std::int32_t>{0, 1, 2};
  data.interactions.values = std::vector<float>{1, 2, 4.5};
  data.scale = cofi::data::range_of(data.interactions.values);
  data.counts = {{"lines", 5}, {"skipped_lines", 0}, {"duplicates", 2}};
  data.note = "toy";

  const auto json = cofi::data::describe_data(data);
  CHECK(json["interactions"] == 3);
  CHECK(json["users"] == 2);
  CHECK(json["items"] == 3);
  CHECK(json["sparsity"] == 0.5);
  CHECK(json["mean"] == 2.5);
  CHECK(json["scale"] == nlohmann::ordered_json({1.0, 4.5}));
  CHECK(json["times"].is_null());
  CHECK(json["duplicates"] == 2);
  data.interactions.times = std::vector<std::int64_t>{30, 10, 20};
  CHECK(cofi::data::describe_data(data)["times"] == nlohmann::ordered_json({10, 30}));
  CHECK(cofi::data::describe_data(Data())["sparsity"] == 0);
}
