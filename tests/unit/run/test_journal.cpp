#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>

#include "run/folder.hpp"
#include "run/journal.hpp"
#include "support/temp_folder.hpp"

using namespace cofi::run;
using Catch::Contains;
using Status = FitRecord::Status;

namespace {

FitRecord record() {
  FitRecord record;
  record.seconds = 1.5;
  record.peak_mb = 200;
  record.wire_mb = 12.5;
  record.model = "models/svd.pt";
  record.history.at(1).loss = 0.5;
  return record;
}

}  // namespace

TEST_CASE("The journal of a run") {
  const cofi::test::TempFolder temp;
  const std::string folder = temp.path().string();

  SECTION("keeps a fit and its metrics exactly, for the next process") {
    {
      Journal journal(folder, "spec", false);
      CHECK(journal.fit("a").status == Status::kMissing);
      CHECK(journal.status("a") == Status::kMissing);
      journal.start("a");
      CHECK(journal.fit("a").status == Status::kStarted);
      CHECK(journal.status("a") == Status::kStarted);
      journal.finish("a", record(),
                     {{"test", 0.25, {{"rmse", 1.0 / 3, ""}, {"fcp", NAN, "not defined"}}}});
    }
    const Journal journal(folder, "spec", true);
    const FitRecord found = journal.fit("a");
    CHECK(found.status == Status::kDone);
    CHECK(found.starts == 1);
    CHECK(found.seconds == 1.5);
    CHECK(found.model == "models/svd.pt");
    CHECK(found.history.epochs().at(0).loss == 0.5);
    CHECK(journal.metric("a", "rmse")->value == 1.0 / 3);
    CHECK(std::isnan(journal.metric("a", "fcp")->value));
    CHECK(journal.metric("a", "fcp")->note == "not defined");
    CHECK_FALSE(journal.metric("a", "mae"));
    CHECK_FALSE(journal.metric("b", "rmse"));
    CHECK(journal.evaluation_seconds("a", "test") == 0.25);
  }
  SECTION("metrics may come later") {
    Journal journal(folder, "spec", false);
    journal.start("a");
    journal.finish("a", record(), {{"test", 0.25, {{"rmse", 1, ""}}}});
    journal.add("a", {{"test", 0.5, {{"mae", 2, ""}}}});
    CHECK(journal.metric("a", "rmse")->value == 1);
    CHECK(journal.metric("a", "mae")->value == 2);
    CHECK(journal.evaluation_seconds("a", "test") == 0.75);
  }
  SECTION("a start without an end stays in sight; stops and failures are ends") {
    Journal journal(folder, "spec", false);
    journal.start("a");
    journal.start("a");
    CHECK(journal.fit("a").starts == 2);
    CHECK(journal.fit("a").status == Status::kStarted);
    journal.interrupt("a");
    CHECK(journal.fit("a").status == Status::kInterrupted);
    journal.start("a");
    journal.fail("a", "no data");
    CHECK(journal.fit("a").status == Status::kFailed);
    CHECK(journal.status("a") == Status::kFailed);
    CHECK(journal.fit("a").error == "no data");
  }
  SECTION("belongs to one spec") {
    Journal(folder, "first", false).start("a");
    CHECK_THROWS_WITH(
        Journal(folder, "second", false),
        Contains("'first'") && Contains("'second'") && Contains("--out") && Contains("--fresh"));
  }
  SECTION("a copy in memory begins with what it holds, and goes its own way") {
    Journal journal(folder, "spec", false);
    journal.start("a");
    journal.finish("a", record(), {{"test", 0.25, {{"rmse", 0.5, ""}}}});
    Journal copy = Journal::in_memory(journal.bytes());
    CHECK(copy.metric("a", "rmse")->value == 0.5);
    CHECK(copy.fit("a").wire_mb == 12.5);
    for (int n = 0; n < 1000; ++n) copy.fail("fit " + std::to_string(n), "no data");
    CHECK(copy.fit("fit 999").status == Status::kFailed);
    CHECK(journal.fit("fit 999").status == Status::kMissing);
  }
  SECTION("of another version is said to be that") {
    cofi::run::Database(folder + "/cofi.db", false)
        .execute("CREATE TABLE fits(key TEXT); PRAGMA user_version = 1");
    CHECK_THROWS_WITH(Journal(folder, "spec", false),
                      Contains("another version of cofi") && Contains("--fresh"));
  }
  SECTION("reading leaves nothing beside it, and needs no folder that can be written") {
    {
      Journal journal(folder, "spec", false);
      journal.start("a");
    }
    const auto files = [&] {
      const std::filesystem::directory_iterator all(folder);
      return std::distance(begin(all), end(all));
    };
    REQUIRE(files() == 1);
    std::filesystem::permissions(folder, std::filesystem::perms(0555));
    CHECK(Journal(folder, "spec", true).fit("a").starts == 1);  // root may write all the same
    CHECK(files() == 1);
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
  }
  SECTION("what a run at work, or one that died, has not yet put into the file is read, too") {
    Journal journal(folder, "spec", false);
    CHECK(Journal(folder, "spec", true).fit("a").starts == 0);
    journal.start("a");
    REQUIRE(std::filesystem::file_size(folder + "/cofi.db-wal") > 0);
    CHECK_FALSE(journal_at_rest(folder + "/cofi.db"));
    CHECK(Journal(folder, "spec", true).fit("a").starts == 1);
  }
  SECTION("in a folder that a run holds it is not at rest") {
    const Folder held(folder, false);
    { const Journal journal(folder, "spec", false); }
    CHECK_FALSE(journal_at_rest(folder + "/cofi.db"));
    CHECK(Journal(folder, "spec", true).fit("a").starts == 0);
  }
  SECTION("a file that is no journal is said to be none") {
    temp.write("cofi.db", std::string(4096, 'x'));
    CHECK_THROWS_AS(Journal(folder, "spec", false), FolderError);
    for (const bool read_only : {false, true}) {
      CHECK_THROWS_WITH(Journal(folder, "spec", read_only),
                        Contains("cofi.db") && Contains("--fresh"));
    }
  }
}
