// tools/get_data against a server on this machine. Downloads of ml-latest are compared with the MD5
// sum beside them, so that a made-up file can stand for it; those of ml-100k with a SHA-256 that
// none can.
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include "support/runner.hpp"
#include "support/temp_folder.hpp"

using Catch::Contains;
using cofi::test::read_file;

TEST_CASE("get_data downloads, goes on, checks and refuses") {
  const cofi::test::TempFolder root;
  const std::string content(100000, 'x');
  const auto serve = [&](const std::string& name, const std::string& text) {
    root.write("server/" + name, text);
  };
  serve("ml-latest.zip", content);
  serve("ml-latest.zip.md5", "MD5 (ml-latest.zip) = d5816f35916d1d9482fb0f1ec201101d\n");
  // The server ends with the command line.
  const auto get_data = [&](const std::string& arguments) {
    const std::string place = "cd '" + root.path().string() + "' && ";
    const std::string here = std::filesystem::current_path().string();
    return cofi::test::shell(
        place + "mkfifo port 2>/dev/null; python3 '" + here +
        "/tests/tools/file_server.py' server requests >port & server=$!; read -r port <'" +
        (root / "port") + "'; cd '" + root.path().string() + "'; " +
        "COFI_GROUPLENS_URL=http://127.0.0.1:$port '" + here + "/tools/get_data' " + arguments +
        "; code=$?; kill $server; wait $server; exit $code");
  };

  SECTION("a whole download gets its name, and is known the next time") {
    const auto first = get_data("ml-latest");
    INFO(first.out << first.err);
    REQUIRE(first.code == 0);
    CHECK(read_file(root / "data/ml-latest.zip") == content);
    CHECK_THAT(first.out, Contains("MD5 d5816f35916d1d9482fb0f1ec201101d"));
    CHECK_THAT(first.out, Contains("may be used for research") && Contains("10.1145/2827872"));
    const auto again = get_data("ml-latest");
    CHECK(again.code == 0);
    CHECK_THAT(again.out, Contains("data/ml-latest.zip is there already"));
  }
  SECTION("an interrupted download goes on where it stopped") {
    serve("ml-latest.zip.cut", "");
    const auto first = get_data("ml-latest");
    CHECK(first.code == 1);
    CHECK_THAT(first.err, Contains("run this again to go on from here"));
    CHECK(std::filesystem::file_size(root / "data/ml-latest.zip.part") == content.size() / 2);
    CHECK_FALSE(std::filesystem::exists(root / "data/ml-latest.zip"));

    const auto second = get_data("ml-latest");
    INFO(second.out << second.err);
    CHECK(second.code == 0);
    CHECK_THAT(second.out, Contains("going on with data/ml-latest.zip.part (50000 bytes)"));
    CHECK_THAT(read_file(root / "requests"), Contains("/ml-latest.zip bytes=50000-"));
    CHECK(read_file(root / "data/ml-latest.zip") == content);
    CHECK_FALSE(std::filesystem::exists(root / "data/ml-latest.zip.part"));
  }
  SECTION("a damaged file is refused and thrown away") {
    serve("ml-latest.zip", content + "y");
    serve("ml-100k.zip", "not what GroupLens publishes");
    for (const std::string name : {"ml-latest", "ml-100k"}) {
      const auto outcome = get_data("--into elsewhere " + name);
      CHECK(outcome.code == 1);
      CHECK_THAT(outcome.err, Contains(name + ".zip is damaged or not what GroupLens publishes"));
      CHECK(std::filesystem::is_empty(root / "elsewhere"));
    }
  }
  SECTION("a file of the same name that is something else stays untouched") {
    root.write("data/ml-100k.zip", "mine");
    const auto outcome = get_data("ml-100k");
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains("data/ml-100k.zip is there, but is not what"));
    CHECK(read_file(root / "data/ml-100k.zip") == "mine");
  }
  SECTION("an unknown name is named, with those that there are") {
    const auto outcome = get_data("ml-100");
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("there is no 'ml-100'") && Contains("ml-latest-small"));
  }
  SECTION("a file that the server lacks is an error with its address") {
    const auto outcome = get_data("ml-10m");
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains("/ml-10m.zip: curl ended with 22"));
  }
}
