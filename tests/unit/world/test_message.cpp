#include <catch2/catch.hpp>

#include <string>

#include "world/message.hpp"
#include "world/token.hpp"

using namespace cofi::world;

TEST_CASE("messages of the world's store") {
  SECTION("come out as they went in") {
    const Message message = {"set", "", std::string("a\0b", 3), std::string(70000, 'x')};
    CHECK(unpack(pack(message)) == message);
    CHECK(unpack(pack({})).empty());
  }
  SECTION("what is none is refused") {
    const std::string whole = pack({"set", "key"});
    for (std::size_t n = 1; n < whole.size(); ++n) {
      if (n == 7) continue;  // the first string alone is a message
      CHECK_THROWS_AS(unpack(whole.substr(0, n)), cofi::Error);
    }
    CHECK_THROWS_AS(unpack("\xff\xff\xff\xff rest"), cofi::Error);
  }
}

TEST_CASE("a token is proved by HMAC-SHA256") {
  // RFC 4231, test case 2.
  CHECK(proof("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(random_token().size() == 64);
  CHECK(random_token() != random_token());
}
