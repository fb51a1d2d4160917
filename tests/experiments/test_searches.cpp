// Searches and selection: what they choose, and what they never look at.
#include <catch2/catch.hpp>

#include <set>

#include "experiment.hpp"
#include "support/csv_table.hpp"

using Catch::Contains;
using cofi::test::CsvRow;
using cofi::test::Experiment;
using cofi::test::results_of;

namespace {

std::string spec(const std::string& sweep, const std::string& more = "") {
  return "name: searched\n"
         "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}\n"
         "split: {use: k_fold, folds: 2, validation: {use: ratio, test: 0.2}}\n"
         "models:\n"
         "  bias: {use: bias}\n"
         "  svd: {use: svd, factors: 4}\n"
         "optimizer: {use: adam, lr: 0.02}\n"
         "train: {epochs: 9, batch: 256}\n"
         "metrics: [rmse, mae]\n" +
         more + "sweep:\n  - " + sweep + "\n";
}

const std::string kSelect = "select: {metric: rmse}\n";
const std::string kTpe =
    "tpe: {trials: 8, startup: 4, optimizer.lr: {log: [0.001, 0.1]}, models.svd.factors: [2, 4]}";
const std::string kHalving = "halving: {trials: 9, optimizer.lr: {log: [0.001, 0.1]}}";

std::vector<CsvRow> results(const Experiment& it) {
  return cofi::test::read_csv(it.folder / "run/results.csv");
}

const CsvRow& selected_row(const std::vector<CsvRow>& rows, const std::string& model) {
  const CsvRow* found = nullptr;
  for (const CsvRow& row : rows) {
    if (row.at("model") != model || row.at("selected") != "1") continue;
    REQUIRE(found == nullptr);
    found = &row;
  }
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("What is selected is the best on validation, and it alone is tested") {
  const Experiment it(spec("grid: {optimizer.lr: [0.0001, 0.005, 0.5]}", kSelect));
  const auto run = it.run();
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto rows = results(it);
  REQUIRE(rows.size() == 5);  // bias, three of svd, the best possible
  const CsvRow& chosen = selected_row(rows, "svd");
  CHECK(chosen.at("optimizer.lr") == "0.005");
  for (const CsvRow& row : rows) {
    INFO(row.at("model") << " " << row.at("optimizer.lr"));
    if (row.at("model") == "(best possible)") continue;
    CHECK_FALSE(row.at("validation_rmse").empty());
    CHECK((row.at("selected") == "1") == !row.at("rmse").empty());
    if (row.at("model") == "svd") {
      CHECK(std::stod(chosen.at("validation_rmse")) <= std::stod(row.at("validation_rmse")));
    }
  }
  std::size_t tested = 0;
  std::set<std::string> users_of;  // rows of folds.csv
  for (const CsvRow& file : cofi::test::read_csv(it.folder / "run/per_user.csv")) {
    CHECK(it.has(file.at("file")));
    if (file.at("metric") == "rmse") users_of.insert(file.at("cell"));
  }
  const auto folds = cofi::test::read_csv(it.folder / "run/folds.csv");
  for (std::size_t n = 0; n < folds.size(); ++n) {
    const bool has = users_of.count(std::to_string(n + 1)) > 0;
    CHECK(has == (folds[n].at("selected") == "1"));
    tested += has ? 1 : 0;
  }
  CHECK(tested == 4);
  SECTION("systems are compared by what no choice was made by") {
    const auto pairs = cofi::test::read_csv(it.folder / "run/comparisons.csv");
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[0].at("metric") == "mae");
    CHECK(pairs[1].at("metric") == "rmse");
  }
  SECTION("run again, nothing changes") {
    const std::string before = it.file("results.csv");
    REQUIRE(it.run("-q").code == 0);
    CHECK(it.file("results.csv") == before);
  }
  SECTION("save: selected keeps the models of these, save: none keeps none") {
    const Experiment kept(
        spec("grid: {optimizer.lr: [0.0001, 0.005, 0.5]}", kSelect + "save: selected\n"));
    REQUIRE(kept.run("-q").code == 0);
    CHECK(results_of(kept.file("results.csv")) == results_of(it.file("results.csv")));
    std::size_t models = 0;
    for (const CsvRow& cell : cofi::test::read_csv(kept.folder / "run/folds.csv")) {
      CHECK(cell.at("model_file").empty() == (cell.at("selected") == "0"));
      if (!cell.at("model_file").empty()) models += kept.has(cell.at("model_file")) ? 1 : 0;
    }
    CHECK(models == 4);
    REQUIRE(kept.run("-q --set save=none").code == 0);
    CHECK(std::filesystem::is_empty(kept.folder / "run/models"));
    CHECK(results_of(kept.file("results.csv")) == results_of(it.file("results.csv")));
  }
}

TEST_CASE("Each fold can choose its own setting") {
  const Experiment it(spec("grid: {optimizer.lr: [0.015, 0.02, 0.025, 0.03]}",
                           "select: {metric: rmse, per: fold}\n"));
  REQUIRE(it.run("-q").code == 0);
  const auto cells = cofi::test::read_csv(it.folder / "run/folds.csv");
  double tested = 0;
  for (const char* fold : {"0", "1"}) {
    const CsvRow* best = nullptr;
    const CsvRow* chosen = nullptr;
    for (const CsvRow& cell : cells) {
      if (cell.at("model") != "svd" || cell.at("fold") != fold) continue;
      const auto value = [](const CsvRow& row) { return std::stod(row.at("validation_rmse")); };
      if (best == nullptr || value(cell) < value(*best)) best = &cell;
      if (cell.at("selected") == "1") chosen = &cell;
      CHECK((cell.at("selected") == "1") == !cell.at("rmse").empty());
    }
    CHECK(best == chosen);
    tested += std::stod(chosen->at("rmse")) / 2;
  }
  const auto rows = results(it);
  const CsvRow& summary = selected_row(rows, "svd (each fold's choice)");
  CHECK(std::stod(summary.at("rmse")) == Approx(tested).epsilon(1e-12));
  for (const CsvRow& row : rows) {
    if (row.at("model") == "svd") CHECK(row.at("rmse").empty());
  }
}

// The same interactions, but other values of those that are tested: whatever is chosen without
// looking at them is chosen alike.
TEST_CASE("No search sees the test part") {
  const std::string sweep =
      GENERATE(std::string("grid: {optimizer.lr: [0.0001, 0.005, 0.5]}"), kTpe, kHalving,
               std::string("random: {trials: 4, optimizer.lr: {log: [0.001, 0.1]}}"));
  INFO(sweep);
  const auto chosen = [&](bool other) {
    const Experiment it(
        "name: searched\n"
        "dataset: {use: delimited, path: ratings.csv, time: time}\n"
        "split: {use: leave_n_out, n: 7, by: time, validation: {use: ratio, test: 0.2}}\n"
        "models:\n"
        "  svd: {use: svd, factors: 4, mean: 3.0}\n"
        "optimizer: {use: adam, lr: 0.02}\n"
        "train: {epochs: 9, batch: 256}\n"
        "metrics: [rmse, mae]\n" +
        kSelect + "sweep:\n  - " + sweep + "\n");
    // Of each user's 28 the 7 latest are tested.
    std::string all = "user,item,value,time\n";
    for (int u = 0; u < 60; ++u) {
      for (int i = 0; i < 28; ++i) {
        const bool tested = (u + i) % 4 == 0;
        const int value = (u * i + u) % 5 + 1;
        all += std::to_string(u) + "," + std::to_string(i) + "," +
               std::to_string(tested && other ? 6 - value : value) + "," +
               std::to_string(i + (tested ? 1000 : 0)) + "\n";
      }
    }
    it.folder.write("ratings.csv", all);
    const auto run = it.run("-q");
    INFO(run.err);
    REQUIRE(run.code == 0);
    auto rows = results(it);
    for (CsvRow& row : rows) {
      for (const char* name : {"rmse", "rmse_std", "mae", "mae_std"}) {
        CHECK((std::string(name).find("_std") != std::string::npos ||
               row.at(name).empty() == (row.at("selected") == "0")));
        row[name] = "";
      }
      for (const char* name : {"fit_seconds", "eval_seconds", "shared_seconds", "peak_mb"}) {
        row[name] = "";
      }
    }
    return rows;
  };
  CHECK(chosen(false) == chosen(true));
}

TEST_CASE("Searches go on where they stopped, and cells that run at once give the same") {
  const std::string sweep = GENERATE(kTpe, kHalving);
  INFO(sweep);
  const Experiment undisturbed(spec(sweep, kSelect)), killed(spec(sweep, kSelect));
  REQUIRE(undisturbed.run("-q").code == 0);
  int kills = 0;
  for (const char* seconds : {"0.7", "0.9", "1.0", "1.2"}) {
    const auto run = killed.run("-q", std::string("timeout -s KILL ") + seconds + " env");
    CHECK((run.code == 137 || run.code == 0));
    kills += run.code == 137;
  }
  INFO(kills << " kills");
  REQUIRE(killed.run("-q").code == 0);
  const Experiment several(spec(sweep, kSelect + "jobs: 2\n"));
  REQUIRE(several.run("-q").code == 0);
  for (const char* name : {"results.csv", "folds.csv", "history.csv"}) {
    INFO(name);
    CHECK(results_of(killed.file(name)) == results_of(undisturbed.file(name)));
    CHECK(results_of(several.file(name)) == results_of(undisturbed.file(name)));
  }
}

TEST_CASE("One training serves several numbers of epochs") {
  const Experiment together(spec("grid: {train.epochs: [2, 5, 9]}"));
  const auto run = together.run("-v");
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Contains("going on from the checkpoint after epoch 2") &&
                          Contains("going on from the checkpoint after epoch 5"));
  const auto rows = results(together);
  for (const char* epochs : {"2", "5", "9"}) {
    INFO(epochs);
    const Experiment alone(spec(std::string("grid: {train.epochs: [") + epochs + "]}"));
    REQUIRE(alone.run("-q").code == 0);
    for (const CsvRow& row : rows) {
      if (row.at("train.epochs") != epochs) continue;
      const auto own = results(alone);
      REQUIRE(own.size() == 3);
      CHECK(own[1].at("rmse") == row.at("rmse"));
      CHECK(own[1].at("mae_std") == row.at("mae_std"));
    }
  }
  SECTION("a shorter one that is asked for later starts anew") {
    REQUIRE(together.run("-q --set 'sweep=[{grid: {train.epochs: [3]}}]'").code == 0);
    const Experiment alone(spec("grid: {train.epochs: [3]}"));
    REQUIRE(alone.run("-q").code == 0);
    CHECK(results_of(together.file("results.csv")) == results_of(alone.file("results.csv")));
  }
  SECTION("models that plan by their epochs, or have none of their own, are trained for each") {
    const auto of = [](const std::string& epochs) {
      return "name: planned\n"
             "dataset: {use: synthetic, users: 100, items: 80, ratings: 3000}\n"
             "split: {use: ratio, test: 0.2}\n"
             "models:\n"
             "  bayesian: {use: bayesian_svd, factors: 3}\n"
             "  blend: {use: blend, models: {svd: {use: svd, factors: 3}}}\n"
             "optimizer: {use: adam, lr: 0.02}\n"
             "train: {batch: 256, checkpoint: 1}\n"
             "metrics: [rmse]\n"
             "sweep:\n  - grid: {train.epochs: [" +
             epochs + "]}\n";
    };
    const Experiment both(of("10, 20")), longer(of("20"));
    const auto own = both.run("-v");
    REQUIRE(own.code == 0);
    CHECK_THAT(own.err, !Contains("going on"));
    REQUIRE(longer.run("-q").code == 0);
    for (const CsvRow& expected : results(longer)) {
      for (const CsvRow& row : results(both)) {
        if (row.at("model") != expected.at("model") || row.at("train.epochs") != "20") continue;
        CHECK(row.at("rmse") == expected.at("rmse"));
      }
    }
  }
  SECTION("where an epoch depends on how many follow, each is a training of its own") {
    const Experiment cosine(spec("grid: {train.epochs: [2, 5]}"));
    const auto own = cosine.run("-v --set train.schedule=cosine");
    REQUIRE(own.code == 0);
    CHECK_THAT(own.err, !Contains("going on"));
  }
}
