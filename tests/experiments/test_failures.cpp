// What goes wrong in a run, and what the rest of it makes of that.
#include <catch2/catch.hpp>

#include <unistd.h>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;

namespace {

std::string spec(const std::string& models) {
  return cofi::test::kSmallData + "models:\n" + models + "metrics: [rmse]\n";
}

}  // namespace

TEST_CASE("A cell that fails does not stop the others") {
  SECTION("it throws") {
    const Experiment it(spec("  bad: {use: moody, mood: throw}\n  good: {use: moody}\n"));
    const auto run = it.run();
    CHECK(run.code == 3);
    CHECK_THAT(run.err, Contains("bad: failed: moody: not today"));
    CHECK(field(it.file("results.csv"), "bad", "status") == "failed: moody: not today");
    CHECK(field(it.file("results.csv"), "bad", "rmse").empty());
    CHECK(field(it.file("results.csv"), "good", "status") == "done");
    CHECK(it.run("--set models.bad.mood=good").code == 0);
  }
  SECTION("its predictions are not finite") {
    const Experiment it(spec("  bad: {use: moody, mood: diverge}\n  good: {use: moody}\n"));
    CHECK(it.run().code == 3);
    CHECK_THAT(it.file("results.csv"), Contains("training diverged") && Contains("for user '"));
    CHECK(field(it.file("results.csv"), "good", "status") == "done");
  }
  SECTION("one fold of it: no mean over the rest") {
    const Experiment it(spec("  odd: {use: moody}\n") + "repeat: 2\n");
    REQUIRE(it.run().code == 0);
    CHECK_FALSE(field(it.file("results.csv"), "odd", "rmse_std").empty());
  }
  SECTION("a rating metric of a model of scores is empty, and that is no failure") {
    const Experiment it(spec("  top: {use: moody, mood: scores}\n"));
    CHECK(it.run().code == 0);
    CHECK(field(it.file("results.csv"), "top", "rmse").empty());
    CHECK(field(it.file("results.csv"), "top", "status") ==
          "done; rmse: the model predicts scores, not ratings");
  }
}

TEST_CASE("A cell that takes the process down") {
  SECTION("once: runs again, last, in a process of its own") {
    const Experiment it(
        spec("  bad: {use: moody, mood: abort_once, log: LOG}\n"
             "  good: {use: moody}\n"));
    const std::string log = " --set models.bad.log=" + (it.folder / "log");
    CHECK(it.run(log).code == 128 + 6);
    const auto again = it.run(log);
    CHECK(again.code == 0);
    CHECK(again.err.find("[1/2] good") < again.err.find("[2/2] bad"));
    CHECK_THAT(again.err, Contains("took the process down before"));
    CHECK(field(it.file("results.csv"), "bad", "status") == "done");
    CHECK(it.lines("log") == 2);
  }
  SECTION("twice: is failed, by the name of the signal, and the rest goes on") {
    const Experiment it(spec("  bad: {use: moody, mood: abort}\n  good: {use: moody}\n"));
    CHECK(it.run().code == 128 + 6);
    CHECK(it.run().code == 3);
    CHECK_THAT(field(it.file("results.csv"), "bad", "status"),
               Contains("took the process down twice") && Contains("SIGABRT (Aborted)"));
    CHECK(field(it.file("results.csv"), "good", "status") == "done");
  }
}

TEST_CASE("A finished fit stays so when its evaluation fails") {
  const Experiment it(spec("  bad: {use: moody, log: LOG}\n  good: {use: moody}\n"));
  const std::string log = " --set models.bad.log=" + (it.folder / "log");
  REQUIRE(it.run(log).code == 0);
  const std::string rmse = field(it.file("results.csv"), "bad", "rmse");
  const auto check_rest = [&] {
    CHECK(field(it.file("results.csv"), "good", "status") == "done");
    // Its predictions of before are there still, and so is the fit.
    CHECK(it.run(log).code == 0);
    CHECK(field(it.file("results.csv"), "bad", "rmse") == rmse);
    CHECK(field(it.file("results.csv"), "bad", "status") == "done");
    CHECK(it.lines("log") == 1);
  };
  SECTION("by an error") {
    const auto run = it.run(log + " --set models.bad.mishap=throw");
    CHECK(run.code == 3);
    CHECK_THAT(run.err, Contains("bad: its evaluation failed: moody: no predictions"));
    CHECK(field(it.file("results.csv"), "bad", "status") ==
          "evaluation failed: moody: no predictions");
    check_rest();
  }
  SECTION("by taking down child processes") {
    const auto run =
        it.run(log + " --set models.bad.mishap=abort --set models.good.shift=1" + " --set jobs=2");
    CHECK(run.code == 3);
    CHECK_THAT(field(it.file("results.csv"), "bad", "status"),
               Contains("evaluation failed: took the process down twice") &&
                   Contains("SIGABRT (Aborted)"));
    check_rest();
  }
  SECTION("by taking the process down, which the next run knows") {
    const std::string abort = log + " --set models.bad.mishap=abort --set models.good.shift=1";
    CHECK(it.run(abort).code == 128 + 6);
    const auto again = it.run(abort);
    CHECK(again.code == 3);
    CHECK_THAT(again.err, Contains("took the process down before"));
    CHECK_THAT(field(it.file("results.csv"), "bad", "status"),
               Contains("evaluation failed: took the process down twice"));
    check_rest();
  }
}

TEST_CASE("What a plugin prints is no answer of a child process") {
  const Experiment it(spec("  one: {use: moody, mood: talk}\n  two: {use: moody}\n") + "jobs: 2\n");
  const auto run = it.run();
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("training"));
}

TEST_CASE("What cannot be run is said before the first fit") {
  const auto expect = [](const Experiment& it, const std::string& words, const char* said) {
    const auto run = it.run(words);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(said));
    CHECK(it.lines("log") == 0);
    CHECK_FALSE(std::filesystem::exists(it.folder / "run"));
  };
  const Experiment it(spec("  one: {use: moody, log: LOG}\n"));
  const std::string log = "--set models.one.log=" + (it.folder / "log");
  expect(it, log + " --set device=cuda:7", "device: 'cuda:7': no such device");
  expect(it, log + " --set save=selected", "save: selected");
  expect(it, log + " --set 'evaluate={on: [validation]}'", "no validation split");
  expect(it, log + " --set 'dataset={use: delimited, path: none.csv}'", "none.csv");
  it.folder.write("empty.csv", "user,item,value\n");
  expect(it, log + " --set 'dataset={use: delimited, path: empty.csv}'", "empty.csv");
}

TEST_CASE("The folder of a run") {
  const Experiment it(spec("  one: {use: moody}\n  two: {use: moody, bulk: 4000000}\n"));
  SECTION("is for one run at a time") {
    std::filesystem::create_directories(it.folder / "run");
    const auto run = it.run("", "flock --exclusive '" + (it.folder / "run") + "' env");
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("another run is working in"));
  }
  SECTION("that another file's place takes is an error that names it") {
    it.folder.write("run", "");
    const auto run = it.run();
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("cannot create the run's folder") && Contains("--out"));
  }
  SECTION("on a full disk: a clear error, nothing half-written, finished cells kept") {
    // A limit on the size of files stands for the disk: the second model, of 16 MB, is too large.
    const auto run = it.run("", "trap '' XFSZ; ulimit -f 4000;");
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("cannot write") && Contains("models/two"));
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(it.folder / "run/models")) {
      CHECK_THAT(file.path().filename().string(), Contains("one-"));
      ++files;
    }
    CHECK(files == 1);
    const auto again = it.run();
    CHECK(again.code == 0);
    CHECK_THAT(again.err, !Contains("] one"));
    CHECK(field(it.file("results.csv"), "two", "status") == "done");
  }
  SECTION("that is read-only is an error") {
    if (geteuid() == 0) {
      WARN("the superuser writes into read-only folders, too");
      return;
    }
    std::filesystem::create_directories(it.folder / "run");
    std::filesystem::permissions(
        it.folder / "run", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const auto run = it.run();
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("cofi.db"));
  }
}
