#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/data_folder.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& path, const std::string& on_error = "error") {
  const Json all = {
      {"use", "movielens"}, {"path", path}, {"on_error", on_error}, {"duplicates", "last"}};
  const cofi::test::Loading loading("/");
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

constexpr char kRatingsCsv[] = "userId,movieId,rating,timestamp\n1,31,2.5,100\n7,2,4.0,200\n";
constexpr char kMoviesCsv[] =
    "movieId,title,genres\n2,\"American President, The (1995)\",Comedy|Drama\n"
    "31,Dangerous Minds (1995),(no genres listed)\n99,Nobody's,Drama\n";

}  // namespace

TEST_CASE("dataset/movielens finds the file of each release") {
  const cofi::test::TempFolder folder;
  const std::string path = folder.path().string();
  SECTION("ratings.csv with movies.csv") {
    folder.write("ratings.csv", kRatingsCsv);
    folder.write("movies.csv", kMoviesCsv);
    const cofi::Data data = load(path);
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.users.name(1) == "7");
    CHECK(data.interactions.values[0] == 2.5f);
    CHECK(data.interactions.times[1] == 200);
    CHECK(data.scale.low == 0.5f);
    CHECK(data.scale.high == 5);
    CHECK(data.titles ==
          std::vector<std::string>{"Dangerous Minds (1995)", "American President, The (1995)"});
    CHECK(data.tags[0].empty());
    CHECK(data.tags[1] == std::vector<std::string>{"Comedy", "Drama"});
    CHECK(data.note == "no MovieLens release known by its count: 2 ratings");
    CHECK(data.sources == std::vector<std::string>{folder / "ratings.csv", folder / "movies.csv"});
  }
  SECTION("ratings.dat one folder down, whole stars, Latin-1 titles") {
    folder.write("ml-1m/ratings.dat", "1::1193::5::978300760\n2::661::3::978302109\n");
    folder.write("ml-1m/movies.dat",
                 "661::James (1996)::Animation|Musical\n1193::Caf\xe9 :) (1975)::Drama\n");
    const cofi::Data data = load(path);
    REQUIRE(data.interactions.size() == 2);
    CHECK(data.scale.low == 1);
    CHECK(data.titles[0] == "Caf\xc3\xa9 :) (1975)");
    CHECK(data.tags[1] == std::vector<std::string>{"Animation", "Musical"});
  }
  SECTION("ratings.dat with half stars, UTF-8 titles kept") {
    folder.write("ml-10M100K/ratings.dat", "1::122::0.5::838985046\n");
    folder.write("ml-10M100K/movies.dat", "122::Caf\xc3\xa9 (1992)::Comedy\n");
    const cofi::Data data = load(path);
    CHECK(data.scale.low == 0.5f);
    CHECK(data.titles[0] == "Caf\xc3\xa9 (1992)");
  }
  SECTION("u.data with u.item and u.genre") {
    folder.write("u.data", "196\t242\t3\t881250949\n186\t302\t5\t891717742\n");
    folder.write("u.genre", "unknown|0\nAction|1\nDrama|2\n\n");
    folder.write("u.item", "242|Kolya (1996)|24-Jan-1997||http://x|0|0|1\n302|L.A.|||y|0|1|1\n");
    const cofi::Data data = load(path);
    CHECK(data.scale.low == 1);
    CHECK(data.titles[0] == "Kolya (1996)");
    CHECK(data.tags[1] == std::vector<std::string>{"Action", "Drama"});
  }
  SECTION("titles lie beside the ratings: those of another folder are none") {
    folder.write("u.data", "196\t242\t3\t881250949\n");
    folder.write("old/u.item", "242|Kolya (1996)|24-Jan-1997||http://x|0|0|1\n");
    folder.write("old/u.genre", "unknown|0\n");
    CHECK(load(path).titles.empty());
    folder.write("u.item", "242|Kolya (1996)|24-Jan-1997||http://x|0|0|1\n");
    CHECK(load(path).titles == std::vector<std::string>{"Kolya (1996)"});
    CHECK(load(path).tags.front().empty());
  }
  SECTION("straight inside the .zip") {
    const std::string zip = cofi::test::write_zip(folder / "ml-latest-small.zip",
                                                  {{"ml-latest-small/README.txt", "..."},
                                                   {"ml-latest-small/ratings.csv", kRatingsCsv},
                                                   {"ml-latest-small/movies.csv", kMoviesCsv}});
    const cofi::Data data = load(zip);
    CHECK(data.interactions.size() == 2);
    CHECK(data.titles[0] == "Dangerous Minds (1995)");
    CHECK(data.sources.front() == zip + ":ml-latest-small/ratings.csv");
  }
  SECTION("the top comes before folders; several folders are ambiguous") {
    folder.write("a/u.data", "1\t2\t3\t4\n");
    folder.write("b/ratings.csv", kRatingsCsv);
    CHECK_THROWS_WITH(load(path), "dataset/movielens: path: " + path +
                                      " has several files of ratings: b/ratings.csv, a/u.data; "
                                      "name one of the folders");
    folder.write("u.data", "1\t2\t3\t4\n1\t3\t3\t4\n1\t4\t3\t4\n");
    CHECK(load(path).interactions.size() == 3);
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(load(path), "dataset/movielens: path: " + path +
                                      " has no ratings.csv, ratings.dat or u.data, nor has a "
                                      "folder in it");
    folder.write("u.data", "1\t2\t3\t4\n1\t3\t6\t4\n");
    CHECK_THROWS_WITH(
        load(path), folder / "u.data" + ":2: value '6' (column 3); expected a number from 1 to 5");
    CHECK(load(path, "skip").interactions.size() == 1);
    CHECK_THROWS_WITH(load(folder.write("no.zip", "text")), Catch::Contains("no.zip"));
  }
}

TEST_CASE("dataset/movielens on ml-latest-small") {
  const auto folder = cofi::test::data_folder("ml-latest-small");
  if (!folder) return;
  const cofi::Data data = load(*folder);
  CHECK(data.interactions.size() == 100004);
  CHECK(data.users.size() == 671);
  CHECK(data.items.size() == 9066);
  CHECK(data.interactions.mean() == Approx(3.543608).epsilon(1e-7));
  CHECK(data.note == "ml-latest-small of 2016: 100,004 ratings");
  CHECK(data.titles[static_cast<std::size_t>(data.items.find("1"))] == "Toy Story (1995)");
}

TEST_CASE("dataset/movielens on ml-100k") {
  const auto folder = cofi::test::data_folder("ml-100k");
  if (!folder) return;
  const cofi::Data data = load(*folder);
  CHECK(data.interactions.size() == 100000);
  CHECK(data.users.size() == 943);
  CHECK(data.items.size() == 1682);
  CHECK(data.note == "ml-100k: 100,000 ratings");
  CHECK(data.titles[static_cast<std::size_t>(data.items.find("543"))] ==
        "Mis\xc3\xa9rables, Les (1995)");
  CHECK(data.tags[static_cast<std::size_t>(data.items.find("1"))] ==
        std::vector<std::string>{"Animation", "Children's", "Comedy"});
}
