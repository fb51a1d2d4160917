#include <catch2/catch.hpp>

#include "run/csv.hpp"

TEST_CASE("CSV fields are quoted as RFC 4180 says") {
  using cofi::run::csv_line;
  CHECK(csv_line({"a", "1.5", ""}) == "a,1.5,\n");
  CHECK(csv_line({"a,b", "say \"hi\"", "two\nlines"}) ==
        "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
  CHECK(csv_line({"ndcg[gain=linear]@10"}) == "ndcg[gain=linear]@10\n");
  SECTION("and read as they were written") {
    using Rows = std::vector<std::vector<std::string>>;
    const Rows rows = {{"a,b", "say \"hi\"", "two\nlines"}, {"", "x", ""}, {"\""}};
    std::string text;
    for (const auto& row : rows) text += csv_line(row);
    CHECK(cofi::run::csv_rows(text) == rows);
    CHECK(cofi::run::csv_rows("a,b") == Rows{{"a", "b"}});
    CHECK(cofi::run::csv_rows("").empty());
  }
}

TEST_CASE("A table's own column is the last of its name") {
  CHECK(cofi::run::find_column({"model", "seed", "fold", "seed", "rmse"}, "seed") == 3U);
  CHECK(cofi::run::find_column({"model"}, "model") == 0U);
  CHECK_FALSE(cofi::run::find_column({"model"}, "seed"));
}
