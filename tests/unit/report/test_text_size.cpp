#include <catch2/catch.hpp>

#include "report/text_size.hpp"

using namespace cofi::report;
using Lines = std::vector<std::string>;

TEST_CASE("Text in pictures") {
  SECTION("characters are measured, not bytes") {
    CHECK(text_width("äö", 10) == Approx(2 * text_width("ä", 10)));
    CHECK(text_width("iii", 10) < text_width("mmm", 10));
    CHECK(text_width("abc", 20) == Approx(2 * text_width("abc", 10)));
  }
  SECTION("lines break at blanks, and where there is none, anywhere; nothing is lost") {
    const double width = text_width("0123456789", 10) + 0.1;
    CHECK(wrapped("short", 10, width) == Lines{"short"});
    CHECK(wrapped("svd, 12345678", 10, width) == Lines{"svd,", "12345678"});
    CHECK(wrapped("012345678901234", 10, width) == Lines{"0123456789", "01234"});
    CHECK(wrapped("", 10, width) == Lines{""});
    CHECK(wrapped("äääääääääääää", 10, width).front().size() % 2 == 0);
  }
  SECTION("what cannot be shown") {
    CHECK(printable("a\nb\tc") == "a b c");
    CHECK(printable("gr\xfc\xdf") == "gr??");
    CHECK(printable("grüß €😀") == "grüß €😀");
    CHECK(printable("\xed\xa0\x80|\xc0\xaf|\xf4\x90\x80\x80") == "???|??|????");
  }
}
