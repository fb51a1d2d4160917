#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cofi/delimited.hpp"

#include "data/checksum.hpp"
#include "data/column_file.hpp"
#include "run/data_cache.hpp"
#include "run/digest.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;
using cofi::run::CachedData;
using cofi::run::DataCache;

namespace {

constexpr double kSettled = 0.05;  // of a file system whose clock is fine enough
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }

struct Place {
  cofi::test::TempFolder folder;
  cofi::SearchPath paths{{folder / "near", folder / "far"}};
  cofi::ThreadPool pool{2};
  std::vector<std::string> notes;

  Place() {
    fs::create_directories(folder.path() / "near");
    fs::create_directories(folder.path() / "far");
    folder.write("far/r.csv", "u,i,v\na,x,1\nb,y,2\n");
    settle();
  }
  DataCache cache(std::uint64_t limit = 1 << 30) const {
    return DataCache(folder / "cache", limit, kSettled);
  }
  void load_and_store(const std::string& key, std::uint64_t limit = 1 << 30) {
    const cofi::data::FileTrace trace;
    CachedData loaded;
    loaded.data = cofi::read_delimited(cofi::FileBytes::open(paths.find("r.csv")), {}, pool);
    loaded.data.titles = {"X", "Y"};
    loaded.data.tags = {{}, {"t", "s"}};
    loaded.data.feedback["seen"] = loaded.data.interactions;
    loaded.digest = cofi::run::digest_of(loaded.data);
    cache(limit).store(key, loaded, trace, pool, notes);
  }
  auto find(const std::string& key) { return cache().find(key, paths, pool, notes); }
  std::string columns() const {
    for (const auto& each : fs::directory_iterator(folder.path() / "cache")) {
      if (each.path().extension() == ".columns") return each.path().string();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("The cache gives back what was loaded, and nothing stale") {
  Place place;
  place.load_and_store("k");
  CHECK(place.notes.empty());
  const auto found = place.find("k");
  REQUIRE(found);
  CHECK(cofi::run::digest_of(found->data) == found->digest);
  CHECK(found->data.sources == std::vector<std::string>{place.folder / "far/r.csv"});
  CHECK(found->data.counts.size() == 3);
  CHECK(found->data.users.find("b") == 1);
  CHECK_FALSE(place.find("another key"));

  SECTION("what it will take is known before it is written") {
    const std::uint64_t size = fs::file_size(place.columns());
    const std::uint64_t least = cofi::data::least_columns_size(found->data);
    CHECK(least <= size);
    // The header, two rows of 12 bytes, the same as feedback, and four names of a letter.
    CHECK(least == 64 + 2 * 2 * 12 + 4 * (1 + 8));
  }
  SECTION("a changed file, even of the same size and with its old time") {
    const auto time = fs::last_write_time(place.folder / "far/r.csv");
    std::ofstream(place.folder / "far/r.csv") << "u,i,v\na,x,1\nb,y,3\n";
    fs::last_write_time(place.folder / "far/r.csv", time);
    CHECK_FALSE(place.find("k"));
  }
  SECTION("a file that was only touched or copied serves on") {
    fs::last_write_time(place.folder / "far/r.csv", fs::file_time_type::clock::now());
    CHECK(place.find("k"));
    settle();
    CHECK(place.find("k"));
    CHECK(place.find("k"));
  }
  SECTION("another file that now comes first") {
    place.folder.write("near/r.csv", "u,i,v\nz,z,5\n");
    CHECK_FALSE(place.find("k"));
  }
  SECTION("a file that is gone") {
    fs::remove(place.folder / "far/r.csv");
    CHECK_FALSE(place.find("k"));
  }
  SECTION("damage is said, and the entry is made again") {
    const std::string file = place.columns();
    SECTION("a byte") {
      std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
      out.seekp(64);
      out.put('\x55');
    }
    SECTION("the end") { fs::resize_file(file, fs::file_size(file) - 1); }
    SECTION("all") { fs::resize_file(file, 0); }
    CHECK_FALSE(place.find("k"));
    REQUIRE(place.notes.size() == 1);
    CHECK_THAT(place.notes[0], Catch::Contains(file + " is damaged: ") &&
                                   Catch::EndsWith("the data is loaded again"));
    place.load_and_store("k");
    CHECK(place.find("k"));
  }
  SECTION("a damaged index") {
    std::ofstream(place.folder / "cache/k.json", std::ios::app) << "x";
    CHECK_FALSE(place.find("k"));
    CHECK_THAT(place.notes.at(0), Catch::Contains("k.json is damaged"));
  }
  SECTION("what was used longest ago goes first") {
    const std::string old = place.columns();
    const std::uint64_t one = fs::file_size(old);
    settle();
    place.folder.write("far/r.csv", "u,i,v\na,x,1\nb,y,4\n");
    settle();
    place.load_and_store("other", one + one / 2);
    CHECK_FALSE(fs::exists(old));
    CHECK_FALSE(fs::exists(place.folder / "cache/k.json"));
    CHECK(place.find("other"));
  }
}

TEST_CASE("What a cache cannot do is no failure") {
  Place place;
  SECTION("a file that has just changed is not entered") {
    place.folder.write("far/r.csv", "u,i,v\na,x,2\nb,y,2\n");
    place.load_and_store("k");
    CHECK_FALSE(place.find("k"));
    CHECK(place.notes.empty());
  }
  SECTION("a folder that cannot be made is noted") {
    place.folder.write("cache", "a file");
    place.load_and_store("k");
    CHECK_FALSE(place.find("k"));
    CHECK_THAT(place.notes.at(0), Catch::StartsWith("the loaded data is not cached: cannot make "));
  }
  SECTION("a name that is not UTF-8 is noted") {
    place.folder.write("far/caf\xe9.csv", "u,i,v\na,x,1\n");
    settle();
    const cofi::data::FileTrace trace;
    CachedData loaded;
    loaded.data = cofi::read_delimited(cofi::FileBytes::open(place.paths.find("caf\xe9.csv")), {},
                                       place.pool);
    loaded.digest = cofi::run::digest_of(loaded.data);
    place.cache().store("k", loaded, trace, place.pool, place.notes);
    CHECK_FALSE(place.find("k"));
    CHECK_THAT(place.notes.at(0), Catch::StartsWith("the loaded data is not cached: its files have "
                                                    "a name that is not UTF-8, '") &&
                                      Catch::Contains("\\xe9.csv"));
  }
  SECTION("data larger than the limit is not kept") {
    place.load_and_store("k", 10);
    CHECK_FALSE(place.find("k"));
    CHECK_FALSE(fs::exists(place.folder / "cache"));  // nor was written to be removed
  }
}

TEST_CASE("The checksum is XXH64") {
  // Of the reference implementation (xxhsum -H1).
  CHECK(cofi::data::checksum("") == 0xef46db3751d8e999ULL);
  CHECK(cofi::data::checksum("a") == 0xd24ec4f1a98c6e5bULL);
  CHECK(cofi::data::checksum("abc") == 0x44bc2cf5ad770999ULL);
}
