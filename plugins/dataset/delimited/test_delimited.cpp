#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& folder, const Json& parameters) {
  Json all = {{"use", "delimited"},   {"path", "r.csv"},       {"file", nullptr},
              {"separator", ","},     {"header", true},        {"user", "1"},
              {"item", "2"},          {"value", "3"},          {"time", nullptr},
              {"time_unit", "s"},     {"quotes", true},        {"encoding", "utf-8"},
              {"comment", nullptr},   {"on_error", "error"},   {"duplicates", "last"},
              {"scale_low", nullptr}, {"scale_high", nullptr}, {"unrated", nullptr}};
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
  SECTION("a value that means: not rated") {
    folder.write("r.csv", "u,i,v\na,x,0\nb,x,7\nb,y,0\nb,z,0.5\n");
    const Json scale = {{"unrated", 0.0}, {"scale_low", 0.5}, {"scale_high", 10.0}};
    const cofi::Data data = load(path, scale);
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.users.name(data.interactions.users[0]) == "b");
    CHECK(data.scale.low == 0.5f);
    const cofi::Interactions& unrated = data.feedback.at("unrated");
    REQUIRE(unrated.size() == 2);
    CHECK(data.users.name(unrated.users[0]) == "a");
    CHECK(data.items.name(unrated.items[1]) == "y");
    CHECK(unrated.values[1] == 1);
  }
  SECTION("dates, milliseconds, comments, Latin-1") {
    folder.write("r.csv",
                 "% a comment\nu,i,v,t\nZo\xeb,x,1,1970-01-02\n% another\nb,x,1,2000-03-01\n");
    Json parameters = {
        {"comment", "%"}, {"encoding", "latin-1"}, {"time", "t"}, {"time_unit", "date"}};
    const cofi::Data data = load(path, parameters);
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.users.name(0) == "Zo\xc3\xab");
    CHECK(data.interactions.times[0] == 86400);
    CHECK(data.interactions.times[1] == 951868800);
    folder.write("r.csv", "u,i,v,t\na,x,1,1700000000999\n");
    parameters["time_unit"] = "ms";
    CHECK(load(path, parameters).interactions.times[0] == 1700000000);
  }
  SECTION("a file of a folder or an archive") {
    CHECK(load("/", {{"path", path}, {"file", "r.csv"}}).interactions.size() == 2);
    const std::string zip =
        cofi::test::write_zip(folder / "all.zip", {{"all/r.csv", "u,i,v\na,x,1\n"}});
    const cofi::Data data = load(path, {{"path", "all"}, {"file", "r.csv"}});
    CHECK(data.sources == std::vector<std::string>{zip + ":all/r.csv"});
    CHECK_THROWS_WITH(
        load(path, {{"path", "all"}, {"file", "q.csv"}}),
        "dataset/delimited: file: " + zip + " has no 'q.csv' at its top or one folder down");
  }
  SECTION("folders, archives and what is compressed are no text") {
    folder.write("data/r.csv", "u,i,v\na,x,1\n");
    CHECK_THROWS_WITH(load(path, {{"path", "data"}}),
                      "dataset/delimited: path: " + folder / "data" +
                          " is a folder; name one of its files (file: ratings.csv)");
    cofi::test::write_zip(folder / "ratings.zip", {{"r.csv", "u,i,v\na,x,1\n"}});
    folder.write("r.csv.gz", "\x1f\x8b\x08");
    for (const char* name : {"ratings", "r.csv.gz"}) {
      CHECK_THROWS_WITH(
          load(path, {{"path", name}}),
          Catch::StartsWith("dataset/delimited: path: " + folder / name) &&
              Catch::EndsWith(" is an archive or compressed, expected text; name one of its files "
                              "(file: ratings.csv), or unpack it"));
    }
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(load(path, {{"time_unit", "ms"}}),
                      "dataset/delimited (dataset): time_unit: there are no times; name their "
                      "column (time: '4')");
    CHECK_THROWS_WITH(load(path, {{"value", ""}, {"unrated", 0.0}}),
                      "dataset/delimited (dataset): unrated: there are no values: value is ''");
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
