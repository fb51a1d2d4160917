#include <catch2/catch.hpp>

#include <cstdlib>
#include <sys/stat.h>
#include <thread>

#include "support/temp_folder.hpp"
#include "world/server.hpp"

using namespace cofi::world;
using Catch::Contains;

namespace {

std::string refused(const std::string& url) {
  try {
    rendezvous_at(url, 1);
  } catch (const cofi::Error& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("where the processes of a world meet") {
  SECTION("at an address, with a token that they know") {
    unsetenv("COFI_TOKEN");
    CHECK_THAT(refused("127.0.0.1:29500"), Contains("needs a token that its processes know"));
    setenv("COFI_TOKEN", "secret", 1);
    for (const char* url : {"tcp://[::1]:29500", "[::1]:29500"}) {
      const Address address = rendezvous_at(url, 7)->find(1);
      CHECK(address.host == "::1");
      CHECK(address.port == "29500");
      CHECK(address.token == "secret");
      CHECK(address.timeout_seconds == 7);
    }
    CHECK_THAT(refused("nowhere"), Contains("--master nowhere: HOST:PORT is expected"));
    CHECK_THAT(refused(":29500"), Contains("HOST:PORT is expected"));
    CHECK_THAT(refused("http://x:1"), Contains("HOST:PORT, tcp://HOST:PORT or file:///PATH"));
    CHECK_THAT(refused("file://relative"), Contains("a whole path is expected"));
    unsetenv("COFI_TOKEN");
  }
  SECTION("in a file that its owner alone can read, gone with the host") {
    const cofi::test::TempFolder folder;
    const std::string file = folder / "meeting", url = "file://" + file;
    // Of a world that is no more.
    folder.write("meeting", "127.0.0.1\n1\nold\n");
    REQUIRE(chmod(file.c_str(), 0600) == 0);
    Address found;
    std::thread other([&] { found = rendezvous_at(url, 5)->find(5); });
    {
      const auto meeting = rendezvous_at(url, 5);
      Address hosted;
      const auto server = host_world(*meeting, {2, 5}, hosted);
      other.join();
      CHECK(found.port == server->port());
      CHECK(found.token == hosted.token);
      CHECK(found.token.size() == 64);
      struct stat status {};
      REQUIRE(stat(file.c_str(), &status) == 0);
      CHECK((status.st_mode & 0777U) == 0600);
    }
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK_THROWS_WITH(rendezvous_at(url, 0.2)->find(0.2),
                      Contains("no host of a world has left its address in " + file));
    // Whoever could write it could have the ranks join a world of his.
    folder.write("meeting", "127.0.0.1\n1\nold\n");
    REQUIRE(chmod(file.c_str(), 0644) == 0);
    CHECK_THROWS_WITH(rendezvous_at(url, 5)->find(5), Contains("not a file of this user's alone"));
    std::filesystem::remove(file);
    std::filesystem::create_symlink(folder / "elsewhere", file);
    CHECK_THROWS_WITH(rendezvous_at(url, 5)->find(5), Contains("not a file of this user's alone"));
    std::filesystem::remove(file);
    CHECK(rendezvous_at(url, 1, 1, true)->to_host().host == "127.0.0.1");
    CHECK_THROWS_WITH(rendezvous_at("file:///nowhere/file", 1)->publish({}),
                      Contains("cannot write /nowhere/file, where the world is to meet"));
  }
}
