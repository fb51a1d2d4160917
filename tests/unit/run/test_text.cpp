#include <catch2/catch.hpp>

#include "run/text.hpp"

using namespace cofi::run;

TEST_CASE("Pieces of text") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(100004) == "100,004");
  CHECK(grouped(-1234567) == "-1,234,567");
  CHECK(grouped(-123) == "-123");
  CHECK(bytes_text(999) == "999 B");
  CHECK(bytes_text(13'400'000) == "13.4 MB");
  CHECK(duration_text(0.83) == "0.83 s");
  CHECK(duration_text(59.2) == "59 s");
  CHECK(duration_text(59.7) == "1 min 0 s");
  CHECK(duration_text(7500) == "2 h 5 min");
  CHECK(first_line("why\nand more") == "why");
  CHECK(file_name_of("ml-100k.svd/x y") == "ml-100k.svd_x_y");
}
