#include <catch2/catch.hpp>

#include "run/csv.hpp"

TEST_CASE("CSV fields are quoted as RFC 4180 says") {
  using cofi::run::csv_line;
  CHECK(csv_line({"a", "1.5", ""}) == "a,1.5,\n");
  CHECK(csv_line({"a,b", "say \"hi\"", "two\nlines"}) ==
        "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
  CHECK(csv_line({"ndcg[gain=linear]@10"}) == "ndcg[gain=linear]@10\n");
}
