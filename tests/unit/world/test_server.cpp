#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <thread>

#include "world/client.hpp"
#include "world/server.hpp"

using namespace cofi::world;
using Catch::Contains;

namespace {

Server::Options options() {
  Server::Options options;
  options.token = "secret";
  options.roll.timeout_seconds = 5;
  return options;
}

Address address_of(const Server& server, const std::string& token = "secret") {
  return {server.host(), server.port(), token, 5};
}

}  // namespace

TEST_CASE("the host of a world") {
  Server server(options());
  SECTION("keeps notes for those who know the token") {
    StoreClient one(address_of(server), 1), two(address_of(server), 1);
    one.set("a", std::string("x\0y", 3));
    CHECK(two.get("a", 1) == std::string("x\0y", 3));
    CHECK(two.has("a"));
    CHECK(two.add("n", 3) == 3);
    CHECK(one.add("n", -1) == 2);
    CHECK(one.compare_set("c", "", "new") == "new");
    CHECK(two.compare_set("c", "old", "other") == "new");
    CHECK(two.count() == 3);
    CHECK(one.erase("a"));
    CHECK_FALSE(one.erase("a"));
    CHECK_THROWS_WITH(two.get("a", 0.1), Contains("'a'"));
    std::thread later([&] { one.set("late", "here"); });
    CHECK(two.get("late", 5) == "here");
    later.join();
  }
  SECTION("strangers get nowhere, and disturb nobody") {
    CHECK_THROWS_WITH(StoreClient(address_of(server, "guess"), 1), Contains("COFI_TOKEN"));
    {
      Connection rude(server.host(), server.port(), 5);
      rude.receive(5);
      rude.send({"store", "nonce", "no proof"}, 5);
      CHECK(rude.receive(5) == Message{"refused"});
    }
    { Connection silent(server.host(), server.port(), 5); }
    StoreClient known(address_of(server), 1);
    known.set("a", "b");
    CHECK(known.get("a", 1) == "b");
  }
  SECTION("a generation that is over has no notes") {
    StoreClient old(address_of(server), 7);
    CHECK_THROWS_WITH(old.set("a", "b"), Contains("generation 7"));
  }
  SECTION("a port that is taken is said to be") {
    Server::Options same = options();
    same.port = server.port();
    CHECK_THROWS_WITH(Server(same), Contains("cannot host a world at 127.0.0.1:" + server.port()) &&
                                        Contains("choose another port"));
  }
}
