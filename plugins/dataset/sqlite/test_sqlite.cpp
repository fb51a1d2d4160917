#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>
#include <unistd.h>

#include "cofi/dataset.hpp"

#include "data/file_trace.hpp"
#include "plugin/registry.hpp"
#include "run/data_cache.hpp"
#include "run/digest.hpp"
#include "support/load_context.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A writer's connection.
class Writer {
 public:
  explicit Writer(const std::string& path) : database_(nullptr, sqlite3_close) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &opened) == SQLITE_OK);
    database_.reset(opened);
  }
  void run(const std::string& statements) const {
    INFO(statements);
    REQUIRE(sqlite3_exec(database_.get(), statements.c_str(), nullptr, nullptr, nullptr) ==
            SQLITE_OK);
  }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

Json parameters(const std::string& path, const std::string& query) {
  return {{"use", "sqlite"},      {"path", path},         {"query", query},
          {"duplicates", "last"}, {"scale_low", nullptr}, {"scale_high", nullptr}};
}

cofi::Data load(const Json& all) {
  const cofi::test::Loading loading("/");
  return cofi::plugin::Registry::standard()
      .build<cofi::Dataset>(all, "dataset")
      ->load(loading.context());
}
cofi::Data load(const std::string& path, const std::string& query) {
  return load(parameters(path, query));
}

std::string rows(const cofi::Data& data) {
  std::ostringstream text;
  const cofi::Interactions& table = data.interactions;
  for (std::size_t n = 0; n < table.size(); ++n) {
    text << (n == 0 ? "" : "; ") << data.users.name(table.users[n]) << " "
         << data.items.name(table.items[n]) << " " << table.values[n];
    if (!table.times.empty()) text << " " << table.times[n];
  }
  return text.str();
}

constexpr char kTable[] =
    "CREATE TABLE ratings (user, item, stars, at);"
    "INSERT INTO ratings VALUES (9223372036854775807, 'tt01', 4.5, 1100000000), "
    "('anna', 'tt02', 3, 1200000000), ('anna', 'tt01', '2.5', '1300000000');";

}  // namespace

TEST_CASE("dataset/sqlite") {
  const cofi::test::TempFolder folder;
  const std::string path = folder / "ratings.db";
  const Writer writer(path);
  writer.run(kTable);
  SECTION("columns are user, item, value and time by their place") {
    const cofi::Data data = load(path, "SELECT user, item, stars, at FROM ratings ORDER BY rowid");
    CHECK(rows(data) ==
          "9223372036854775807 tt01 4.5 1100000000; anna tt02 3 1200000000; "
          "anna tt01 2.5 1300000000");
    CHECK(data.users.find("anna") == 1);
    CHECK(data.scale.low == 2.5f);
    CHECK(data.scale.high == 4.5f);
    CHECK(data.sources == std::vector<std::string>{path});
    CHECK(rows(load(path, "SELECT user, item, stars FROM ratings WHERE stars > 3;  ")) ==
          "9223372036854775807 tt01 4.5; anna tt01 2.5");  // text is more than any number
    CHECK(rows(load(path, "SELECT item, user FROM ratings LIMIT 1")) ==
          "tt01 9223372036854775807 1");
    CHECK(rows(load(path,
                    "SELECT user, item, 1, strftime('%s', '2005-09-06') FROM ratings "
                    "WHERE item = 'tt02'")) == "anna tt02 1 1125964800");
  }
  SECTION("duplicates, and a declared scale") {
    Json all = parameters(path, "SELECT 'u', item, stars FROM ratings ORDER BY rowid");
    CHECK(rows(load(all)) == "u tt02 3; u tt01 2.5");
    all["duplicates"] = "mean";
    CHECK(rows(load(all)) == "u tt01 3.5; u tt02 3");
    all["duplicates"] = "error";
    CHECK_THROWS_WITH(load(all),
                      Catch::StartsWith(path + ": user 'u' and item 'tt01' come together "
                                               "more than once, in rows 1 and 3"));
    all["duplicates"] = "last", all["scale_low"] = 1.0, all["scale_high"] = 4.0;
    CHECK_THROWS_WITH(load(all), path +
                                     ": row 1: value '4.5' (column 3 'stars'); expected a number "
                                     "from 1 to 4");
    all["scale_high"] = 5.0;
    CHECK(load(all).scale.high == 5);
    all["query"] = "SELECT user, item FROM ratings", all["scale_low"] = 2.0;
    CHECK_THROWS_WITH(load(all),
                      "dataset/sqlite: scale_low: there are no values: the query selects two "
                      "columns");
    all["query"] = "SELECT user, item, stars FROM ratings", all["scale_low"] = 1.0;
    all["scale_high"] = 1.0;
    CHECK_THROWS_WITH(load(all),
                      "dataset/sqlite (dataset): scale_low: must be less than scale_high");
    all["scale_high"] = nullptr;
    CHECK_THROWS_WITH(load(all),
                      "dataset/sqlite (dataset): scale_high: give both ends of the scale or none");
  }
  SECTION("bad rows are named by their number and column") {
    const auto message = [&](const std::string& row) {
      try {
        return rows(load(path, "SELECT 1 AS u, 2 AS i, 3 AS v, 4 AS t UNION ALL SELECT " + row));
      } catch (const cofi::Error& error) {
        return std::string(error.what()).substr(path.size());
      }
    };
    CHECK(message("NULL, 2, 3, 4") ==
          ": row 2: user is NULL (column 1 'u'); expected an id, a whole number or text");
    CHECK(message("1.5, 2, 3, 4") ==
          ": row 2: user '1.5' (column 1 'u'); expected an id, a whole number or text");
    CHECK(message("1, '', 3, 4") ==
          ": row 2: item is empty (column 2 'i'); expected an id, a whole number or text");
    CHECK(message("1, x'00', 3, 4") ==
          ": row 2: item is a blob (column 2 'i'); expected an id, a whole number or text");
    CHECK(message("1, 2, 'good', 4") ==
          ": row 2: value 'good' (column 3 'v'); expected a finite number");
    CHECK(message("1, 2, NULL, 4") ==
          ": row 2: value is NULL (column 3 'v'); expected a finite number");
    CHECK(message("1, 2, 1e39, 4") ==
          ": row 2: value '1.0e+39' (column 3 'v'); expected a finite number");
    CHECK(message("1, 2, 3, 4.5") ==
          ": row 2: time '4.5' (column 4 't'); expected whole seconds "
          "since 1970 (strftime('%s', ...) makes them)");
    CHECK(message("1, 2, 3, '2005-09-06'").find(": row 2: time '2005-09-06' (column 4 't')") == 0);
  }
  SECTION("queries that cannot be") {
    const auto refused = [&](const std::string& query, const std::string& why) {
      INFO(query);
      CHECK_THROWS_WITH(load(path, query),
                        Catch::StartsWith("dataset/sqlite: query: '") && Catch::Contains(why));
    };
    refused("", "is empty; expected SELECT");
    refused("SELECT user, item FROM rating",
            "cannot be run on " + path + ": no such table: rating");
    refused("SELEC user", "near \"SELEC\": syntax error");
    refused("SELECT user FROM ratings", "selects 1 columns; expected user and item");
    refused("SELECT 1, 2, 3, 4, 5", "selects 5 columns");
    refused("SELECT 1, 2; DROP TABLE ratings", "is more than one statement");
    refused("INSERT INTO ratings VALUES (1, 2, 3, 4) RETURNING user, item", "changes the database");
    refused("SELECT user, item FROM ratings ORDER BY Random()",
            "calls random: it would select other rows each time");
    refused("SELECT user, item, 1, CURRENT_TIMESTAMP FROM ratings", "calls current_timestamp");
    refused("SELECT user, item FROM ratings WHERE at > unixepoch('now', '-1 year')",
            "reads the clock ('now', or no time at all)");
    refused("SELECT user, item, 1, strftime('%s') FROM ratings", "reads the clock");
    refused("SELECT user, item FROM ratings WHERE at < strftime('%s', \"now\")", "reads the clock");
    refused("SELECT user, item FROM ratings WHERE at < unixepoch('n' || 'ow')", "reads the clock");
    CHECK(rows(load(path, "SELECT 'now', item FROM ratings WHERE item = 'tt02'")) == "now tt02 1");
    CHECK_FALSE(rows(load(path, "SELECT user, item FROM ratings LIMIT 1")).empty());
  }
  SECTION("files that cannot be") {
    CHECK_THROWS_WITH(load(path, "SELECT user, item FROM ratings WHERE 0"),
                      path + ": no interactions: the query selects no row");
    CHECK_THROWS_WITH(load(folder.write("r.csv", "u,i,v\n" + std::string(2000, 'x')),
                           "SELECT user, item FROM ratings"),
                      "dataset/sqlite: " + folder / "r.csv" + ": file is not a database");
    CHECK_THROWS_WITH(load(folder / "no.db", "SELECT 1, 2"),
                      Catch::Contains("no file or folder '" + folder / "no.db"));
    CHECK_THROWS_WITH(load(folder.path().string(), "SELECT 1, 2"), Catch::Contains("cannot read"));
  }
}

TEST_CASE("what is kept of an SQLite database is never stale") {
  constexpr double kSettled = 0.05;  // of a file system whose clock is fine enough
  const cofi::test::TempFolder folder;
  const std::string path = folder / "ratings.db";
  const auto settle = [] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); };
  const cofi::test::Loading loading("/");
  const cofi::LoadContext context = loading.context();
  const cofi::run::DataCache cache(folder / "cache", 1 << 30, kSettled);
  std::vector<std::string> notes;
  const auto load_and_store = [&] {
    settle();
    const cofi::data::FileTrace trace;
    cofi::run::CachedData loaded;
    loaded.data = load(path, "SELECT user, item, stars, at FROM ratings");
    loaded.digest = cofi::run::digest_of(loaded.data);
    cache.store("k", loaded, trace, context.pool, notes);
    return loaded.digest;
  };
  const auto find = [&] { return cache.find("k", context.paths, context.pool, notes); };
  const std::string change = "UPDATE ratings SET stars = 1 WHERE item = 'tt02'";
  SECTION("a rollback journal") {
    const Writer writer(path);
    writer.run(kTable);
    load_and_store();
    CHECK(find());
    writer.run(change);
    CHECK_FALSE(find());
    load_and_store();
    CHECK(find());
    SECTION("a file beside it that would be read as its -wal or undone as its -journal") {
      folder.write(GENERATE(as<std::string>{}, "ratings.db-wal", "ratings.db-journal"), "x");
      CHECK_FALSE(find());
    }
  }
  SECTION("a -wal, of which the database's file knows nothing yet") {
    // For root SQLite changes the owner of a -wal that it opens, and with it the file's stamp.
    const bool kept = ::geteuid() != 0;
    const Writer writer(path);
    writer.run("PRAGMA journal_mode = WAL;" + std::string(kTable));
    REQUIRE(fs::file_size(path + "-wal") > 0);
    const std::string before = load_and_store();
    CHECK(load(path, "SELECT user, item FROM ratings").sources ==
          std::vector<std::string>{path, path + "-wal"});
    if (kept) CHECK(find());
    settle();
    const auto file = cofi::data::FileStamp::of(path);
    writer.run(change);
    REQUIRE(cofi::data::FileStamp::of(path) == file);
    CHECK_FALSE(find());
    CHECK(load_and_store() != before);
    if (kept) CHECK(find());
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
    settle();
    CHECK_FALSE(find());
    load_and_store();
    if (kept) CHECK(find());
  }
  SECTION("a -wal that comes after the load") {
    {
      const Writer writer(path);
      writer.run("PRAGMA journal_mode = WAL;" + std::string(kTable));
    }
    REQUIRE_FALSE(fs::exists(path + "-wal"));
    load_and_store();
    const Writer writer(path);
    writer.run(change);
    CHECK_FALSE(find());
  }
  CHECK(notes.empty());
}
