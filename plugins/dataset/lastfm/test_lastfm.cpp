#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"
#include "support/zip.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& path, const Json& parameters = Json::object()) {
  Json all = {{"use", "lastfm"},
              {"path", path},
              {"values", "log"},
              {"on_error", "error"},
              {"duplicates", "last"}};
  all.update(parameters);
  const cofi::test::Loading loading("/");
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

std::vector<float> values(const cofi::Data& data) {
  return {data.interactions.values.begin(), data.interactions.values.end()};
}

// User 2 plays four artists, two of them equally often; user 3 plays one.
constexpr char kPlays[] =
    "userID\tartistID\tweight\n2\t51\t600\n2\t52\t100\n3\t51\t7\n2\t53\t100\n2\t54\t200\n";
constexpr char kArtists[] =
    "id\tname\turl\tpictureURL\n51\tDuran Duran\thttp://x\thttp://y\n"
    "53\tSigur R\xc3\xb3s \"live\"\thttp://x\t\n99\tNobody's\n";

}  // namespace

TEST_CASE("dataset/lastfm") {
  const cofi::test::TempFolder folder;
  const std::string path = folder.path().string();
  folder.write("user_artists.dat", kPlays);
  const auto mapped = [&](const std::string& rule) { return load(path, {{"values", rule}}); };
  SECTION("what plays become") {
    using Values = std::vector<float>;
    CHECK(values(mapped("plays")) == Values{600, 100, 7, 100, 200});
    CHECK(mapped("plays").scale.low == 7);
    CHECK(mapped("plays").scale.high == 600);
    CHECK(values(mapped("log"))[2] == Approx(std::log(8.0)));
    CHECK(mapped("log").scale.high == Approx(std::log(601.0)));
    // Of 1000 plays of user 2, and of 7 of user 3.
    CHECK(values(mapped("share")) == Values{0.6f, 0.1f, 1, 0.1f, 0.2f});
    // At most as often as 600: 4 of 4; 100: 2 of 4; 200: 3 of 4.
    CHECK(values(mapped("percentile")) == Values{1, 0.5f, 1, 0.5f, 0.75f});
    CHECK(mapped("percentile").scale.low == 0);
    CHECK(mapped("percentile").scale.high == 1);
    // Fifths: 0.5 lies in the third, 0.75 in the fourth.
    CHECK(values(mapped("stars")) == Values{5, 3, 5, 3, 4});
    CHECK(mapped("stars").scale.low == 1);
    CHECK(mapped("stars").scale.high == 5);
  }
  SECTION("the ends of the fifths belong to the lower one") {
    folder.write("user_artists.dat",
                 "userID\tartistID\tweight\n1\ta\t10\n1\tb\t20\n1\tc\t30\n1\td\t40\n1\te\t50\n");
    CHECK(values(mapped("stars")) == std::vector<float>{1, 2, 3, 4, 5});
  }
  SECTION("names of artists, in a folder or a zip") {
    folder.write("artists.dat", kArtists);
    const cofi::Data data = load(path);
    CHECK(data.titles ==
          std::vector<std::string>{"Duran Duran", "", "Sigur R\xc3\xb3s \"live\"", ""});
    CHECK(data.sources ==
          std::vector<std::string>{folder / "user_artists.dat", folder / "artists.dat"});
    const std::string zip =
        cofi::test::write_zip(folder / "hetrec2011-lastfm-2k.zip",
                              {{"user_artists.dat", kPlays}, {"artists.dat", kArtists}});
    CHECK(load(zip).titles == data.titles);
    CHECK(load(folder / "hetrec2011-lastfm-2k").interactions.size() == 5);
  }
  SECTION("names of artists in another folder are none of these") {
    folder.write("old/artists.dat", kArtists);
    CHECK(load(path).titles.empty());
  }
  SECTION("duplicates are resolved before plays are mapped") {
    folder.write("user_artists.dat", "userID\tartistID\tweight\n1\ta\t10\n1\ta\t30\n1\tb\t10\n");
    CHECK(values(load(path, {{"values", "share"}, {"duplicates", "mean"}})) ==
          std::vector<float>{20 / 30.0f, 10 / 30.0f});
  }
  SECTION("mistakes") {
    const std::string file =
        folder.write("user_artists.dat", "userID\tartistID\tweight\n2\t51\t1\n2\t52\t0\n");
    CHECK_THROWS_WITH(
        load(path), file + ":3: value '0' (column 3 'weight'); expected a number from 1 to 1e+09");
    CHECK(load(path, {{"on_error", "skip"}}).interactions.size() == 1);
    folder.write("user_artists.dat", "userID\tartistID\tplays\n2\t51\t1\n");
    CHECK_THROWS_WITH(load(path), Catch::Contains(":1: no column 'weight'"));
    const cofi::test::TempFolder empty;
    CHECK_THROWS_WITH(load(empty.path().string()),
                      "dataset/lastfm: path: " + empty.path().string() +
                          " has no user_artists.dat, nor has a folder in it");
  }
}
