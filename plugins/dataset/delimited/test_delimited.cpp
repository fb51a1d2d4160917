#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& folder, const Json& parameters) {
  Json all = {{"use", "delimited"},   {"path", "r.csv"},      {"separator", ","},
              {"header", true},       {"user", "1"},          {"item", "2"},
              {"value", "3"},         {"time", nullptr},      {"quotes", true},
              {"on_error", "error"},  {"duplicates", "last"}, {"scale_low", nullptr},
              {"scale_high", nullptr}};
  all.update(parameters);
  const cofi::test::Loading loading(folder);
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

}  // namespace

TEST_CASE("dataset/delimited") {
  const cofi::test::TempFolder folder;
  const std::string path = folder.path().string();
  folder.write("r.csv", "u,i,v,t\na,x,2,7\nb,y,4,8\na,x,3,9\n");
  SECTION("defaults: a header, the first three columns, the last of duplicates") {
    const cofi::Data data = load(path, Json::object());
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.users.name(data.interactions.users[0]) == "b");
    CHECK(data.interactions.values[1] == 3);
    CHECK(data.interactions.times.empty());
    CHECK(data.scale.low == 3);
    CHECK(data.scale.high == 4);
    CHECK(data.sources == std::vector<std::string>{folder / "r.csv"});
  }
  SECTION("columns by name, times, a declared scale, every duplicate") {
    const cofi::Data data = load(path, {{"value", "v"},
                                        {"time", "t"},
                                        {"duplicates", "keep"},
                                        {"scale_low", 1.0},
                                        {"scale_high", 5.0}});
    REQUIRE(data.interactions.size() == 3);
    CHECK(data.interactions.times[2] == 9);
    CHECK(data.scale.high == 5);
  }
  SECTION("implicit data, other separators, malformed lines skipped") {
    folder.write("r.csv", "a::x\nb\nb::x\n");
    const cofi::Data data =
        load(path, {{"separator", "::"}, {"header", false}, {"value", ""}, {"on_error", "skip"}});
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.interactions.values[1] == 1);
    CHECK(data.note.find("1 malformed line skipped") == 0);
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(load(path, {{"path", "nowhere.csv"}}),
                      Catch::Contains("no file or folder 'nowhere.csv'; looked for") &&
                          Catch::Contains(folder / "nowhere.csv"));
    CHECK_THROWS_WITH(
        load(path, {{"scale_low", 1.0}}),
        "dataset/delimited (dataset): scale_high: give both ends of the scale or none");
    CHECK_THROWS_WITH(load(path, {{"scale_low", 5.0}, {"scale_high", 5.0}}),
                      "dataset/delimited (dataset): scale_low: must be less than scale_high");
    CHECK_THROWS_WITH(load(path, {{"user", ""}}),
                      "dataset/delimited (dataset): user: names no column");
    CHECK_THROWS_WITH(load(path, {{"item", ""}}),
                      "dataset/delimited (dataset): item: names no column");
    CHECK_THROWS_WITH(load(path, {{"value", "w"}}),
                      Catch::Contains("r.csv:1: no column 'w' among u, i, v, t"));
  }
}
