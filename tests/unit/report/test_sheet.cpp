#include <catch2/catch.hpp>

#include <cmath>

#include "report/sheet.hpp"

using Catch::Contains;
using namespace cofi::report;

TEST_CASE("A CSV file with its head") {
  SECTION("columns by name, fields with commas") {
    const Sheet sheet = parse_sheet("a.csv", "model,rmse\n\"a, b\",0.5\n");
    CHECK(sheet.at("rmse") == 1);
    CHECK_FALSE(sheet.find("mae"));
    CHECK(sheet.rows == std::vector<std::vector<std::string>>{{"a, b", "0.5"}});
  }
  SECTION("what is wrong is said with the place") {
    CHECK_THROWS_WITH(parse_sheet("x/a.csv", "model\n").at("fold"),
                      Contains("x/a.csv: no column 'fold'") && Contains("run the spec again"));
    CHECK_THROWS_WITH(parse_sheet("a.csv", "a,b\n1,2\n3\n"),
                      Contains("a.csv:3: a damaged line, with 1 fields instead of 2"));
    CHECK_THROWS_WITH(parse_sheet("a.csv", ""), Contains("a.csv: empty"));
  }
  SECTION("numbers, and what is none") {
    CHECK(number_of("3e-05") == 3e-05);
    CHECK(std::isnan(number_of("")));
    CHECK(std::isnan(number_of("1 000")));
  }
}
