// What a run in a used folder repeats, and what it does not.
#include <catch2/catch.hpp>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;
using cofi::test::results_of;

namespace {

std::string moody_spec(const std::string& models, const std::string& more = "") {
  return cofi::test::kSmallData + "models:\n" + models + "metrics: [rmse]\n" + more;
}

}  // namespace

TEST_CASE("Run again, and only what is missing runs") {
  SECTION("nothing is, and the tables come out again") {
    const Experiment it(moody_spec("  one: {use: moody, log: LOG}\n"));
    REQUIRE(it.run("--set models.one.log=" + (it.folder / "log")).code == 0);
    const std::string before = it.file("results.csv"), models = it.file("folds.csv");
    const auto again = it.run("--set models.one.log=" + (it.folder / "log"));
    CHECK(again.code == 0);
    CHECK_THAT(again.out, Contains("one") && Contains("rmse"));
    CHECK(it.file("results.csv") == before);
    CHECK(it.file("folds.csv") == models);
    CHECK(it.lines("log") == 1);
  }
  SECTION("a further metric is computed from the saved model") {
    const Experiment it(moody_spec("  one: {use: moody, log: LOG}\n"));
    const std::string log = " --set models.one.log=" + (it.folder / "log");
    REQUIRE(it.run(log).code == 0);
    const std::string rmse = field(it.file("results.csv"), "one", "rmse");
    REQUIRE(it.run(log + " --set 'metrics=[rmse, mae]'").code == 0);
    CHECK(it.lines("log") == 1);
    CHECK(field(it.file("results.csv"), "one", "rmse") == rmse);
    CHECK(std::stod(field(it.file("results.csv"), "one", "mae")) > 0);
  }
  SECTION("where no model is saved it takes another fit") {
    const Experiment it(moody_spec("  one: {use: moody, log: LOG}\n", "save: none\n"));
    const std::string log = " --set models.one.log=" + (it.folder / "log");
    REQUIRE(it.run(log).code == 0);
    CHECK_FALSE(it.has("models"));
    REQUIRE(it.run(log).code == 0);
    CHECK(it.lines("log") == 1);
    REQUIRE(it.run(log + " --set 'metrics=[rmse, mae]'").code == 0);
    CHECK(it.lines("log") == 2);
  }
  SECTION("a changed parameter repeats the cells that it touches, and no others") {
    const Experiment it(
        moody_spec("  one: {use: moody, log: LOG}\n  two: {use: moody, log: LOG}\n"));
    const std::string logs = " --set models.one.log=" + (it.folder / "one") +
                             " --set models.two.log=" + (it.folder / "two");
    REQUIRE(it.run(logs).code == 0);
    REQUIRE(it.run(logs + " --set models.two.bulk=3").code == 0);
    CHECK(it.lines("one") == 1);
    CHECK(it.lines("two") == 2);
    REQUIRE(it.run(logs + " --set seed=1").code == 0);
    CHECK(it.lines("one") == 2);
    CHECK(it.lines("two") == 3);
  }
  SECTION("settings that only matter after the fit share one") {
    const Experiment it(moody_spec("  one: {use: moody, log: LOG}\n",
                                   "sweep: [{grid: {models.one.shift: [0, 1, 2]}}]\n"));
    REQUIRE(it.run("--set models.one.log=" + (it.folder / "log")).code == 0);
    CHECK(it.lines("log") == 1);
    const auto rows = cofi::test::csv_rows(it.file("results.csv"));
    REQUIRE(rows.size() == 5);  // a head, three settings, the best possible
    CHECK(rows[0][1] == "models.one.shift");
    CHECK(std::stod(rows[1][2]) < std::stod(rows[2][2]));
    CHECK(std::stod(rows[2][2]) < std::stod(rows[3][2]));
  }
  SECTION("--fresh starts over") {
    const Experiment it(moody_spec("  one: {use: moody, log: LOG}\n"));
    const std::string log = " --set models.one.log=" + (it.folder / "log");
    REQUIRE(it.run(log).code == 0);
    REQUIRE(it.run(log + " --fresh").code == 0);
    CHECK(it.lines("log") == 2);
  }
  SECTION("the folder of another spec is left alone, with what to do") {
    const Experiment it(moody_spec("  one: {use: moody}\n"));
    REQUIRE(it.run().code == 0);
    const std::string before = it.file("manifest.json");
    const auto other = it.run("--set name=other");
    CHECK(other.code == 2);
    CHECK_THAT(other.err, Contains("'small'") && Contains("'other'") && Contains("--out") &&
                              Contains("--fresh"));
    CHECK(it.file("manifest.json") == before);
    CHECK(it.run("--set name=other --fresh").code == 0);
  }
  SECTION("a dry run says what is done, and writes nothing") {
    const Experiment it(
        moody_spec("  one: {use: moody}\n"
                   "  svd: {use: svd, factors: 4, optimizer: {use: adam}, train: {epochs: 2, "
                   "batch: 64}}\n"));
    const auto before = it.run("--dry-run");
    CHECK(before.code == 0);
    CHECK_FALSE(std::filesystem::exists(it.folder / "run"));
    CHECK_THAT(before.out, Contains("2 cells, 0 of them done") && Contains("factors: 4"));
    CHECK_THAT(before.out, Contains("6,000 interactions of 300 users"));
    // 300 + 200 rows of 4 factors and a bias, 4 bytes each; a gradient and two moments of the same.
    CHECK_THAT(before.out, Contains("parameters 10 kB, to train them 30 kB more"));
    CHECK_THAT(before.out, Contains("warning: the optimizer's steps over whole tables"));
    REQUIRE(it.run().code == 0);
    CHECK_THAT(it.run("--dry-run").out, Contains("2 cells, 2 of them done"));
    CHECK_THAT(it.run("--dry-run --set models.svd.factors=5").out,
               Contains("2 cells, 1 of them done") && Contains("missing svd"));
    CHECK_THAT(it.run("--dry-run --set models.svd.optimizer.lazy=true").out, !Contains("warning"));
  }
}
