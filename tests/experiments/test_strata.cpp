// Strata: what strata.csv holds, and that it costs no second fit.
#include <catch2/catch.hpp>

#include <map>

#include "experiment.hpp"
#include "support/csv_table.hpp"

using Catch::Contains;
using cofi::test::CsvRow;
using cofi::test::Experiment;

namespace {

const std::string kModels =
    "models: {bias: {use: bias}, svd: {use: svd, factors: 3}}\n"
    "optimizer: {use: adam}\n"
    "train: {epochs: 3, batch: 256}\n"
    "metrics: [rmse, {use: ndcg, at: 10}]\n";
const std::string kStrata = "evaluate: {strata: [user_activity, item_popularity, cold]}\n";

std::vector<CsvRow> strata(const Experiment& it) {
  return cofi::test::read_csv(it.folder / "run/strata.csv");
}

}  // namespace

TEST_CASE("strata.csv: a row a stratum of each cell") {
  const Experiment it(cofi::test::kSmallData + kModels + kStrata + "repeat: 2\n");
  const auto run = it.run();
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto rows = strata(it);
  REQUIRE(rows.size() == 36);  // models, repeats, strata: 2 x 2 x 9
  CHECK(cofi::test::csv_rows(it.file("strata.csv"))[0] ==
        std::vector<std::string>{"model", "strata", "stratum", "fold", "repeat", "users", "rows",
                                 "rmse", "ndcg@10"});
  // The thirds of a division hold all rows, so that their squared errors add up to the whole's.
  const auto folds = cofi::test::read_csv(it.folder / "run/folds.csv");
  for (const CsvRow& cell : folds) {
    std::map<std::string, double> errors, count;
    for (const CsvRow& row : rows) {
      if (row.at("model") != cell.at("model") || row.at("repeat") != cell.at("repeat")) continue;
      if (row.at("rmse").empty()) {
        CHECK(row.at("rows") == "0");
        continue;
      }
      const double n = std::stod(row.at("rows")), rmse = std::stod(row.at("rmse"));
      errors[row.at("strata")] += n * rmse * rmse;
      count[row.at("strata")] += n;
      CHECK(std::stod(row.at("users")) <= n);
    }
    const double whole = 1200 * std::stod(cell.at("rmse")) * std::stod(cell.at("rmse"));
    for (const char* name : {"user_activity", "item_popularity"}) {
      CHECK(count[name] == 1200);
      CHECK(errors[name] == Approx(whole).epsilon(1e-12));
    }
  }
}

TEST_CASE("Strata are journalled like other measures") {
  const Experiment all(cofi::test::kSmallData + kModels + kStrata);
  REQUIRE(all.run().code == 0);
  SECTION("added later, they are measured on the saved models") {
    const Experiment it(cofi::test::kSmallData + "models: {one: {use: moody, log: LOG}}\n" +
                        "metrics: [rmse]\n");
    const std::string log = "--set models.one.log=" + (it.folder / "log");
    REQUIRE(it.run(log).code == 0);
    CHECK_FALSE(it.has("strata.csv"));
    const std::string before = it.file("results.csv");
    const std::string words = log + " --set 'evaluate={strata: [cold]}'";
    CHECK_THAT(it.run(words + " --dry-run").out, Contains("1 cells, 0 of them done"));
    REQUIRE(it.run(words).code == 0);
    CHECK(it.lines("log") == 1);
    REQUIRE(strata(it).size() == 3);
    CHECK(strata(it)[2].at("stratum") == "neither");
    CHECK_FALSE(strata(it)[2].at("rmse").empty());
    CHECK(cofi::test::field(it.file("results.csv"), "one", "rmse") ==
          cofi::test::field(before, "one", "rmse"));
    // And left out again they are gone, the values being kept.
    REQUIRE(it.run(log).code == 0);
    CHECK_FALSE(it.has("strata.csv"));
  }
  SECTION("added later, they are the same as from the start") {
    const Experiment it(cofi::test::kSmallData + kModels);
    REQUIRE(it.run().code == 0);
    REQUIRE(it.run("--set 'evaluate={strata: [user_activity, item_popularity, cold]}'").code == 0);
    CHECK(it.file("strata.csv") == all.file("strata.csv"));
  }
  SECTION("run again, the same file; on one thread, too") {
    const std::string before = all.file("strata.csv");
    REQUIRE(all.run().code == 0);
    CHECK(all.file("strata.csv") == before);
    REQUIRE(all.run("--fresh --set threads=1").code == 0);
    CHECK(all.file("strata.csv") == before);
  }
}

TEST_CASE("With select, strata are of what was selected") {
  const Experiment it(
      "name: small\n"
      "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}\n"
      "split: {use: ratio, test: 0.2, validation: {use: ratio, test: 0.2}}\n" +
      kModels + kStrata +
      "select: {metric: rmse}\nsweep: [{grid: {optimizer.lr: [0.001, 0.1]}}]\n");
  const auto run = it.run();
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto rows = strata(it);
  REQUIRE(rows.size() == 18);
  for (const CsvRow& row : rows) CHECK(row.at("selected") == "1");
}

TEST_CASE("Metrics say what the data lacks, before the first fit") {
  const Experiment it(cofi::test::kSmallData + "models: {one: {use: moody, log: LOG}}\n" +
                      "metrics: [rmse]\n");
  const std::string log = "--set models.one.log=" + (it.folder / "log");
  const auto tags =
      it.run(log + " --set 'metrics=[{use: intra_list_distance, distance: jaccard}]'");
  CHECK(tags.code == 2);
  CHECK_THAT(tags.err, Contains("intra_list_distance[distance=jaccard]@10 needs the items' tags") &&
                           Contains("dataset/synthetic found none; leave it out"));
  const auto nothing =
      it.run(log + " --set 'metrics=[{use: ndcg}]' --set 'evaluate={relevance: 1000}'");
  CHECK(nothing.code == 2);
  CHECK_THAT(nothing.err, Contains("evaluate.relevance: 1000") &&
                              Contains("leaves nothing relevant: the highest test value") &&
                              Contains("lower it"));
  CHECK(it.lines("log") == 0);
}
