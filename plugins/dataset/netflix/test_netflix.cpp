#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& path, const Json& parameters = Json::object()) {
  Json all = {{"use", "netflix"}, {"path", path}, {"on_error", "error"}, {"duplicates", "last"}};
  all.update(parameters);
  const cofi::test::Loading loading("/");
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

std::string rows(const cofi::Data& data) {
  std::ostringstream text;
  for (std::size_t n = 0; n < data.interactions.size(); ++n) {
    text << (n == 0 ? "" : "; ") << data.users.name(data.interactions.users[n]) << " "
         << data.items.name(data.interactions.items[n]) << " " << data.interactions.values[n] << " "
         << data.interactions.times[n];
  }
  return text.str();
}

// Two files of the distribution, cut short.
constexpr char kFirst[] =
    "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n822109,4,1999-11-11\n";
constexpr char kSecond[] = "4500:\n2532865,1,2005-07-26\n";
// 2005-09-06, 2005-05-13, 1999-11-11 and 2005-07-26 by `date -u +%s`.
constexpr char kRows[] =
    "1488844 1 3 1125964800; 822109 1 5 1115942400; 822109 2 4 942278400; "
    "2532865 4500 1 1122336000";

}  // namespace

TEST_CASE("dataset/netflix") {
  const cofi::test::TempFolder folder;
  const std::string path = folder.path().string();
  SECTION("combined_data_*.txt, with titles") {
    folder.write("combined_data_2.txt", kSecond);
    folder.write("combined_data_1.txt", kFirst);
    folder.write("combined_data_x.txt", "not of the data");
    folder.write("movie_titles.csv",
                 "1,2003,Dinosaur Planet\n2,NULL,Caf\xe9, The\n3,1997,Character\n");
    const cofi::Data data = load(path);
    CHECK(rows(data) == kRows);
    CHECK(data.scale.low == 1);
    CHECK(data.scale.high == 5);
    CHECK(data.titles ==
          std::vector<std::string>{"Dinosaur Planet (2003)", "Caf\xc3\xa9, The", ""});
    CHECK(data.sources == std::vector<std::string>{folder / "combined_data_1.txt",
                                                   folder / "combined_data_2.txt",
                                                   folder / "movie_titles.csv"});
  }
  SECTION("a file a movie, one folder down") {
    folder.write("training_set/mv_0000001.txt", "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n");
    folder.write("training_set/mv_0000002.txt", "2:\n822109,4,1999-11-11\n");
    folder.write("training_set/mv_0004500.txt", kSecond);
    CHECK(rows(load(path)) == kRows);
    SECTION("a line before its file's movie is an error") {
      folder.write("training_set/mv_0000002.txt", "822109,4,1999-11-11\n");
      CHECK_THROWS_WITH(load(path), Catch::StartsWith(folder / "training_set/mv_0000002.txt" +
                                                      ":1: no item: '822109,4,1999-11-11'"));
    }
  }
  SECTION("a single file, and a zip") {
    CHECK(load(folder.write("part.txt", kFirst)).interactions.size() == 3);
    const std::string zip =
        cofi::test::write_zip(folder / "netflix.zip", {{"combined_data_1.txt", kFirst},
                                                       {"combined_data_2.txt", kSecond},
                                                       {"movie_titles.txt", "1,2003,Planet\n"}});
    const cofi::Data data = load(zip);
    CHECK(rows(data) == kRows);
    CHECK(data.titles[0] == "Planet (2003)");
  }
  SECTION("malformed lines and duplicates") {
    const std::string file =
        folder.write("combined_data_1.txt", "1:\n7,3,2005-09-06\n7,6,2005-09-07\n");
    CHECK_THROWS_WITH(load(path), file + ":3: value '6' (column 2); expected a number from 1 to 5");
    CHECK(load(path, {{"on_error", "skip"}}).interactions.size() == 1);
    folder.write("combined_data_1.txt", "1:\n7,3,2005-9-6\n");
    CHECK_THROWS_WITH(load(path),
                      file + ":2: time '2005-9-6' (column 3); expected a date such as 2005-09-06");
    folder.write("combined_data_1.txt", "1:\n7,3,2005-09-06\n7,5,2005-09-07\n");
    CHECK(load(path).interactions.values[0] == 5);
    CHECK(load(path, {{"duplicates", "first"}}).interactions.values[0] == 3);
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(load(path), "dataset/netflix: path: " + path +
                                      " has no combined_data_*.txt and no mv_*.txt, nor has a "
                                      "folder in it");
    folder.write("combined_data_1.txt", kFirst);
    folder.write("movie_titles.txt", "1;2003;Planet\n");
    CHECK_THROWS_WITH(load(path),
                      folder / "movie_titles.txt" + ":1: '1;2003;Planet'; expected id,year,title");
    folder.write("training_set/mv_0000001.txt", kSecond);
    CHECK_THROWS_WITH(load(path), Catch::Contains("has both combined_data_*.txt and mv_*.txt"));
    std::vector<std::pair<std::string, std::string>> many;
    for (int n = 10; n < 40; ++n)
      many.emplace_back("mv_00000" + std::to_string(n) + ".txt", kSecond);
    const std::string zip = cofi::test::write_zip(folder / "many.zip", many);
    CHECK_THROWS_WITH(load(zip), "dataset/netflix: path: " + zip +
                                     " is an archive of 30 files of ratings; unpack it, and name "
                                     "the folder");
  }
}
