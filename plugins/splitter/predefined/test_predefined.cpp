#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/splitter.hpp"

#include "plugin/registry.hpp"
#include "support/data_folder.hpp"
#include "support/load_context.hpp"
#include "support/split_checks.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

using Json = nlohmann::ordered_json;
using cofi::test::Loading;
using Rows = std::vector<std::int32_t>;

std::unique_ptr<cofi::Splitter> predefined(const Json& parameters) {
  Json all = {
      {"use", "predefined"},    {"path", "."},      {"folds", nullptr}, {"train_suffix", ".base"},
      {"test_suffix", ".test"}, {"train", nullptr}, {"test", nullptr},  {"unlisted", "error"},
      {"separator", "\t"},      {"header", false},  {"user", "1"},      {"item", "2"},
      {"quotes", true}};
  all.update(parameters);
  return cofi::plugin::Registry::standard().build<cofi::Splitter>(all, "split");
}

}  // namespace

TEST_CASE("splitter/predefined") {
  const cofi::test::TempFolder folder;
  const Loading loading(folder.path().string());
  const auto context = loading.context();
  cofi::DelimitedFormat format;
  format.header = false;
  format.duplicates = "keep";
  const cofi::Data data = cofi::read_delimited(
      cofi::FileBytes::open(folder.write("all.csv", "a,x,1\na,y,2\nb,x,3\nb,z,4\nc,y,5\n")), format,
      context.pool);
  const auto rows = cofi::test::all_rows(5);
  folder.write("u1.base", "b\tz\t4\nc\ty\t5\na\tx\t1\n");
  folder.write("u1.test", "b\tx\t3\na\ty\t2\n");
  folder.write("u2.base", "a\tx\na\ty\nb\tx\n");
  folder.write("u2.test", "c\ty\nb\tz\n");

  SECTION("rows stand in the files' order, a fold a pair of files") {
    const auto splitter = predefined({{"folds", {"u1", "u2"}}});
    CHECK(splitter->count() == 2);
    const cofi::Split first = splitter->at(0, data, rows, context);
    CHECK(first.train == Rows{3, 4, 0});
    CHECK(first.test == Rows{2, 1});
    const cofi::Split second = splitter->at(1, data, rows, context);
    CHECK(second.train == Rows{0, 1, 2});
    CHECK(second.test == Rows{4, 3});
    CHECK(second.notes.empty());
  }
  SECTION("files by their names, other formats, inside a .zip") {
    cofi::test::write_zip(folder / "folds.zip", {{"f/learn.csv", "item,user\nz,b\ny,c\nx,a\n"},
                                                 {"f/ask.csv", "item,user\nx,b\ny,a\n"}});
    const auto splitter = predefined({{"path", "folds.zip"},
                                      {"train", {"learn.csv"}},
                                      {"test", {"ask.csv"}},
                                      {"separator", ","},
                                      {"header", true},
                                      {"user", "user"},
                                      {"item", "item"}});
    CHECK(splitter->count() == 1);
    const cofi::Split split = splitter->at(0, data, rows, context);
    CHECK(split.train == Rows{3, 4, 0});
    CHECK(split.test == Rows{2, 1});
  }
  SECTION("of some of the rows: the others are not missed") {
    const cofi::Split split = predefined({{"folds", {"u1"}}})->at(0, data, Rows{1, 3, 0}, context);
    CHECK(split.train == Rows{3, 0});
    CHECK(split.test == Rows{1});
  }
  SECTION("pairs that the data has twice go together") {
    const cofi::Data twice = cofi::read_delimited(
        cofi::FileBytes::open(folder.write("2.csv", "a,x,1\na,y,2\nb,x,3\nb,z,4\nc,y,5\na,y,9\n")),
        format, context.pool);
    const cofi::Split split =
        predefined({{"folds", {"u1"}}})->at(0, twice, cofi::test::all_rows(6), context);
    CHECK(split.test == Rows{2, 1, 5});
  }
  SECTION("rows in neither file") {
    folder.write("u1.test", "b\tx\t3\n");
    CHECK_THROWS_WITH(predefined({{"folds", {"u1"}}})->at(0, data, rows, context),
                      "splitter/predefined: 1 rows are neither in u1.base nor in u1.test, the "
                      "first of user 'a' with item 'y'; leave them out with unlisted: drop");
    const auto dropping = predefined({{"folds", {"u1"}}, {"unlisted", "drop"}});
    const cofi::Split split = dropping->at(0, data, rows, context);
    CHECK(split.test == Rows{2});
    CHECK(split.notes ==
          std::vector<std::string>{"1 rows are neither in u1.base nor in u1.test; left out"});
  }
  SECTION("mistakes") {
    const auto message = [&](const Json& parameters) -> std::string {
      try {
        predefined(parameters)->at(0, data, rows, context);
      } catch (const cofi::Error& error) {
        return error.what();
      }
      return "no error";
    };
    const std::string either =
        "splitter/predefined (split): folds: give either the folds' names, or the files as train "
        "and test";
    CHECK(message(Json::object()) == either);
    CHECK(message({{"train", {"a"}}}) == either);
    CHECK(message({{"folds", {"u1"}}, {"train", {"a"}}, {"test", {"b"}}}) == either);
    CHECK(message({{"folds", Json::array()}}) == "splitter/predefined (split): folds: is empty");
    CHECK(message({{"train", {"a"}}, {"test", {"b", "c"}}}) ==
          "splitter/predefined (split): test: 2 files, but train has 1");
    CHECK(message({{"folds", {"u9"}}}) == "splitter/predefined: path: . has no file 'u9.base'");
    CHECK(message({{"folds", {"u1"}}, {"path", "no"}}).find("no file or folder 'no'") == 0);
    folder.write("u3.base", "a\tx\nd\tx\n");
    CHECK(message({{"folds", {"u3"}}}) ==
          "splitter/predefined: u3.base has user 'd' with item 'x' in row 2, which the data does "
          "not have");
    folder.write("u4.base", "a\tx\nb\tx\n");
    folder.write("u4.test", "a\ty\nb\tx\n");
    CHECK(message({{"folds", {"u4"}}}) ==
          "splitter/predefined: user 'b' with item 'x' is both in u4.base and in u4.test");
    CHECK_THROWS_WITH(predefined({{"folds", {"u1"}}})->at(0, data, Rows{2}, context),
                      "splitter/predefined: u1.base has none of the rows that are to be divided");
    folder.write("u4.base", "a\n");
    CHECK(message({{"folds", {"u4"}}}).find("u4.base:1: 1 field") != std::string::npos);
  }
}

TEST_CASE("splitter/predefined on ml-100k") {
  const auto folder = cofi::test::data_folder("ml-100k");
  if (!folder) return;
  const Loading loading;
  const auto data = cofi::plugin::Registry::standard()
                        .build<cofi::Dataset>({{"use", "movielens"},
                                               {"path", *folder},
                                               {"on_error", "error"},
                                               {"duplicates", "last"}},
                                              "dataset")
                        ->load(loading.context());
  const auto rows = cofi::test::all_rows(data.interactions.size());
  const auto splitter = predefined({{"path", *folder}, {"folds", {"u1", "u2", "u3", "u4", "u5"}}});
  CHECK(splitter->count() == 5);
  Rows tested;
  for (std::int64_t k = 0; k < 5; ++k) {
    const cofi::Split split = splitter->at(k, data, rows, loading.context());
    CHECK(split.test.size() == 20000);
    CHECK(cofi::test::divides(split, rows));
    tested.insert(tested.end(), split.test.begin(), split.test.end());
  }
  std::sort(tested.begin(), tested.end());
  CHECK(tested == rows);  // the five tests are disjoint and cover everything
}
