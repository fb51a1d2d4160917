#include <catch2/catch.hpp>

#include "cofi/utf8.hpp"

using cofi::is_utf8;
using cofi::utf8_of_latin1;

TEST_CASE("UTF-8 and what is not") {
  for (const char* text : {"", "abc", "Caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xac",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    INFO(text);
    CHECK(is_utf8(text));
  }
  // Latin-1, a lone second byte, cut off, overlong, a surrogate, above U+10FFFF.
  for (const char* text : {"Caf\xe9", "Caf\xe9 (1992)", "\x80", "\xc3", "\xe2\x82", "\xc0\xaf",
                           "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    INFO(text);
    CHECK_FALSE(is_utf8(text));
  }
  CHECK(utf8_of_latin1("Caf\xe9 \xff") == "Caf\xc3\xa9 \xc3\xbf");
}
