#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/dataset.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"

namespace {

using Json = nlohmann::ordered_json;

cofi::Data load(const std::string& path, const Json& parameters = Json::object(), int threads = 2) {
  Json all = {{"use", "jester"}, {"path", path}, {"separator", ","}, {"count", "check"}};
  all.update(parameters);
  const cofi::test::Loading loading("/", 0, threads);
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}

// "user item value" of each row.
std::string rows(const cofi::Data& data) {
  std::ostringstream text;
  for (std::size_t n = 0; n < data.interactions.size(); ++n) {
    text << (n == 0 ? "" : "; ") << data.users.name(data.interactions.users[n]) << " "
         << data.items.name(data.interactions.items[n]) << " " << data.interactions.values[n];
  }
  return text.str();
}

}  // namespace

TEST_CASE("dataset/jester") {
  const cofi::test::TempFolder folder;
  const auto write = [&](const std::string& text) { return folder.write("jester.csv", text); };
  const std::string place = folder / "jester.csv";
  SECTION("each row is a user, called by its number, each column a joke; 99 is no rating") {
    const cofi::Data data = load(write("2,99,-7.82,99,10\n0,99,99,99,99\n3,-10,0,4.5,99\n"));
    CHECK(rows(data) == "1 2 -7.82; 1 4 10; 3 1 -10; 3 2 0; 3 3 4.5");
    CHECK(data.users.size() == 2);  // the second rated nothing
    CHECK(data.items.find("2") == 0);
    CHECK(data.interactions.times.empty());
    CHECK(data.scale.low == -10);
    CHECK(data.scale.high == 10);
    CHECK(data.sources == std::vector<std::string>{place});
    CHECK(data.counts == decltype(data.counts){{"lines", 3}});
  }
  SECTION("a byte-order mark, CRLF, blanks, blank lines, a last line without its end") {
    CHECK(rows(load(write("\xef\xbb\xbf"
                          "1, 5 ,99\r\n\r\n2,1.25,99.00\r\n1,99,3"),
                    {{"count", "ignore"}})) == "1 1 5; 2 1 1.25; 3 2 3");
  }
  SECTION("other separators, and no column of counts") {
    CHECK(rows(load(write("1\t5\t99\n"), {{"separator", "\t"}})) == "1 1 5");
    CHECK(rows(load(write("1;5;99\n"), {{"separator", ";"}, {"count", "none"}})) == "1 1 1; 1 2 5");
  }
  SECTION("many rows, the same whatever the threads") {
    std::string text;
    for (int n = 0; n < 2000; ++n) text += "1," + std::string(n % 2 == 0 ? "99,3\n" : "4,99\n");
    const cofi::Data data = load(write(text), Json::object(), 3);
    REQUIRE(data.interactions.size() == 2000);
    CHECK(data.users.name(1999) == "2000");
    CHECK(data.items.name(0) == "2");
    CHECK(data.interactions.values[1999] == 4);
    CHECK(rows(load(place, Json::object(), 1)) == rows(data));
  }
  SECTION("mistakes") {
    const auto with = [&](const std::string& text) { return "1,5,99\n\n" + text; };
    CHECK_THROWS_WITH(load(write(with("1,x,99\n"))),
                      place +
                          ":3: rating 'x' (column 2); expected a number from -10 to 10, or 99 "
                          "where there is none");
    CHECK_THROWS_WITH(load(write(with("1,10.5,99\n"))),
                      Catch::StartsWith(place + ":3: rating '10.5' (column 2); expected"));
    CHECK_THROWS_WITH(load(write(with("1,,99\n"))), Catch::StartsWith(place + ":3: rating ''"));
    CHECK_THROWS_WITH(load(write(with("1,nan,99\n"))),
                      Catch::StartsWith(place + ":3: rating 'nan'"));
    CHECK_THROWS_WITH(load(write(with("1,5\n"))),
                      place + ":3: 2 columns; expected as many as in the first row, 3");
    CHECK_THROWS_WITH(load(write(with("2,5,99\n"))),
                      place +
                          ":3: the row has 1 ratings, and says in column 1 that it has 2; where "
                          "that column is something else, say count: ignore or none");
    CHECK_THROWS_WITH(load(write(with("Anna,5,99\n"))),
                      place + ":3: 'Anna' (column 1); expected the number of the row's ratings");
    CHECK_THROWS_WITH(load(write("")), place + ": no interactions: the file is empty");
    CHECK_THROWS_WITH(load(write("0,99\n")), place + ": no interactions: all are 99");
    CHECK_THROWS_WITH(load(write("\xd0\xcf\x11\xe0\xa1\xb1")),
                      Catch::StartsWith(place + ": is an Excel file or an archive, expected text; "
                                                "save the sheet as CSV"));
    CHECK_THROWS_WITH(load(write("PK\x03\x04")),
                      Catch::Contains("is an Excel file or an archive, expected text"));
    CHECK_THROWS_WITH(load(place, {{"separator", ""}}),
                      "dataset/jester (dataset): separator: must be one character");
  }
}
