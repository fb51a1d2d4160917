#include <catch2/catch.hpp>

#include "run/digest.hpp"
#include "support/temp_folder.hpp"

using namespace cofi::run;

TEST_CASE("Digests") {
  SECTION("a file's is the SHA-256 that sha256sum prints (FIPS 180-2, \"abc\")") {
    const cofi::test::TempFolder folder;
    CHECK(digest_of_file(folder.write("abc", "abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_THROWS_WITH(digest_of_file(folder / "none"), Catch::Contains("cannot open"));
  }
  SECTION("pieces are told apart") {
    Digest one, other;
    one.text("ab"), one.text("c");
    other.text("a"), other.text("bc");
    CHECK(one.hex() != other.hex());
  }
  SECTION("data changes with any value, id, name and scale") {
    const auto make = [](float value, const char* name, float high) {
      cofi::Data data;
      data.users.add(name);
      data.items.add("x");
      data.interactions.users = std::vector<std::int32_t>{0};
      data.interactions.items = std::vector<std::int32_t>{0};
      data.interactions.values = std::vector<float>{value};
      data.scale = {1, high};
      return digest_of(data);
    };
    const std::string base = make(3, "a", 5);
    CHECK(base == make(3, "a", 5));
    CHECK(base != make(4, "a", 5));
    CHECK(base != make(3, "b", 5));
    CHECK(base != make(3, "a", 10));
  }
  SECTION("a split changes when a row moves to another part") {
    cofi::Split one, other;
    one.train = {0, 1}, one.test = {2};
    other.train = {0}, other.test = {1, 2};
    CHECK(digest_of(one) != digest_of(other));
  }
  SECTION("the framework is the library that this process runs") {
    CHECK_THAT(path_of_framework(), Catch::Contains("libcofi.so"));
    CHECK(digest_of_framework().size() == 64);
  }
}
