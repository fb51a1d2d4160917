// The fragments of configs/dataset read files in the shape that their data come in.
#include <catch2/catch.hpp>

#include <map>
#include <sstream>
#include <string>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

// The dataset of formats.yaml with that key, loaded from files of the folder.
cofi::Data load(const std::string& key, const std::string& folder) {
  static const cofi::plugin::Registry registry = cofi::plugin::Registry::standard();
  static const auto experiment =
      cofi::spec::load_experiment("tests/specs/formats.yaml", {}, registry);
  for (const auto& row : experiment.rows) {
    if (row.dataset != key) continue;
    const cofi::test::Loading loading(folder);
    return registry.build<cofi::Dataset>(row.dataset_spec, key)->load(loading.context());
  }
  throw std::runtime_error("formats.yaml has no dataset " + key);
}

std::string rows(const cofi::Data& data, const cofi::Interactions& table) {
  std::ostringstream text;
  for (std::size_t n = 0; n < table.size(); ++n) {
    text << (n == 0 ? "" : "; ") << data.users.name(table.users[n]) << " "
         << data.items.name(table.items[n]) << " " << table.values[n];
    if (!table.times.empty()) text << " " << table.times[n];
  }
  return text.str();
}
std::string rows(const cofi::Data& data) { return rows(data, data.interactions); }

}  // namespace

TEST_CASE("configs/dataset has the parameters of known formats") {
  const cofi::test::TempFolder folder;
  const std::string path = folder.path().string();
  SECTION("jester_ratings.dat") {
    folder.write("jester_dataset_2/jester_ratings.dat", "1\t\t5\t\t0.219\n1\t\t7\t\t-9.281\n");
    CHECK(rows(load("jester-ratings", path)) == "1 5 0.219; 1 7 -9.281");
    CHECK(load("jester-ratings", path).scale.low == -10);
    folder.write("jester_dataset_2/jester_ratings.dat", "1\t\t5\t\t99\n");
    CHECK_THROWS_WITH(load("jester-ratings", path),
                      Catch::Contains("jester_ratings.dat:1: value '99' (column 3); expected a "
                                      "number from -10 to 10"));
  }
  SECTION("Book-Crossing, in its zip") {
    const std::string csv =
        "\"User-ID\";\"ISBN\";\"Book-Rating\"\r\n\"276725\";\"034545104X\";\"0\"\r\n"
        "\"276726\";\"0155061224\";\"5\"\r\n\"276727\";\"\xdf\\8887517452\";\"10\"\r\n";
    cofi::test::write_zip(folder / "BX-CSV-Dump.zip", {{"BX-Book-Ratings.csv", csv}});
    const cofi::Data data = load("book-crossing", path);
    CHECK(rows(data) == "276726 0155061224 5; 276727 \xc3\x9f\\8887517452 10");
    CHECK(rows(data, data.feedback.at("unrated")) == "276725 034545104X 1");
    CHECK(data.scale.low == 1);
    CHECK(data.scale.high == 10);
  }
  SECTION("WikiLens as KONECT keeps it") {
    folder.write(
        "download.tsv.wikilens-ratings.tar.bz2/out.wikilens-ratings",
        "% bip weighted\n% 3 2 2\n1 1 4.5 1076486399\n1\t2\t3\t1076486400\n2 1 0.5 1076486401\n");
    CHECK(rows(load("wikilens", path)) ==
          "1 1 4.5 1076486399; 1 2 3 1076486400; 2 1 0.5 1076486401");
  }
  SECTION("Amazon: users first in 2014, items first in 2018, named and in milliseconds in 2023") {
    folder.write("ratings_Books.csv", "AH2L9G3DQHHAJ,0000000116,4.0,1019865600\n");
    CHECK(rows(load("amazon-2014", path)) == "AH2L9G3DQHHAJ 0000000116 4 1019865600");
    folder.write("Books.csv", "0001713353,A1C6M8LCIX4M6M,5.0,1123804800\n");
    CHECK(rows(load("amazon-2018", path)) == "A1C6M8LCIX4M6M 0001713353 5 1123804800");
    folder.write("Books.csv",
                 "user_id,parent_asin,rating,timestamp\nAGKASBHY,B006GBITXC,3.0,1452647382000\n");
    CHECK(rows(load("amazon-2023", path)) == "AGKASBHY B006GBITXC 3 1452647382");
  }
  SECTION("RecBole's atomic files") {
    folder.write("dataset.inter",
                 "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
                 "196\t242\t3\t881250949\n186\ttt 1\t3.5\t8.9171774e8\n");
    CHECK(rows(load("recbole", path)) == "196 242 3 881250949; 186 tt 1 3.5 891717740");
    folder.write("dataset.inter", "user_id:token\titem_id:token\n196\t242\n");
    CHECK_THROWS_WITH(load("recbole", path), Catch::Contains("dataset.inter:1: no column "
                                                             "'rating:float' among user_id:token"));
  }
  SECTION("triples") {
    folder.write("ratings.txt", "1 \"2 3.5\n10  20 4\n");
    CHECK(rows(load("triples", path)) == "1 \"2 3.5; 10 20 4");
    folder.write("ratings.txt", "1 2 3\n1 2\n");
    CHECK_THROWS_WITH(load("triples", path),
                      Catch::Contains("ratings.txt:2: 2 fields: '1 2'; expected at least 3 fields "
                                      "separated by blanks"));
  }
}
