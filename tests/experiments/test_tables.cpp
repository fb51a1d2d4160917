// What a run leaves behind.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "experiment.hpp"
#include "support/csv_table.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;
using cofi::test::results_of;

TEST_CASE("What a run leaves behind") {
  const Experiment it(
      "name: small\n"
      "seed: 1\n"
      "repeat: 2\n"
      "dataset: {use: delimited, path: ratings.csv}\n"
      "split: {use: ratio, test: 0.25}\n"
      "models:\n"
      "  bias: {use: bias}\n"
      "  svd: {use: svd, factors: 3}\n"
      "optimizer: {use: adam}\n"
      "train: {epochs: 4, batch: 16}\n"
      "evaluate: {on: [test, train], epochs: [1, 4]}\n"
      "metrics: [rmse]\n"
      "sweep: [{grid: {optimizer.lr: [0.01, 0.02]}}]\n");
  // 20 users, 12 items: user u gives item i (u + 3 i) mod 5 + 1.
  std::string ratings = "user,item,value\n";
  for (int u = 0; u < 20; ++u) {
    for (int i = 0; i < 12; ++i) {
      ratings += "u" + std::to_string(u) + ",\"i," + std::to_string(i) + "\"," +
                 std::to_string((u + 3 * i) % 5 + 1) + "\n";
    }
  }
  it.folder.write("ratings.csv", ratings);
  const auto run = it.run();
  INFO(run.err);
  REQUIRE(run.code == 0);

  SECTION("results.csv: a row a model and setting, means and deviations of the repeats") {
    const auto rows = cofi::test::csv_rows(it.file("results.csv"));
    CHECK(rows.at(0) == std::vector<std::string>{"model", "optimizer.lr", "rmse", "rmse_std",
                                                 "train_rmse", "fit_seconds", "eval_seconds",
                                                 "shared_seconds", "peak_mb", "status"});
    REQUIRE(rows.size() == 4);  // bias is trained without an optimizer: one row
    CHECK(rows[1][1].empty());
    CHECK(rows[2][1] == "0.01");
    CHECK(rows[3][1] == "0.02");
    const auto folds = cofi::test::csv_rows(it.file("folds.csv"));
    REQUIRE(folds.size() == 7);
    CHECK(folds[3][4] == "1");  // the seed of repeat 0 of svd, and of repeat 1
    CHECK(folds[4][4] == "2");
    const double one = std::stod(folds[3][5]), two = std::stod(folds[4][5]);
    CHECK(one != two);
    CHECK(std::stod(rows[2][2]) == Approx((one + two) / 2).epsilon(1e-12));
    CHECK(std::stod(rows[2][3]) == Approx(std::abs(one - two) / std::sqrt(2)).epsilon(1e-9));
    CHECK(std::stod(rows[2][8]) > 50);  // LibTorch alone takes as much
  }
  SECTION("history.csv: a row an epoch, test at the listed ones") {
    const auto rows = cofi::test::csv_rows(it.file("history.csv"));
    REQUIRE(rows.size() == 1 + 2 * 2 * 4);
    CHECK(rows[0] == std::vector<std::string>{"model", "optimizer.lr", "fold", "repeat", "epoch",
                                              "loss", "learning_rate", "seconds", "rmse"});
    CHECK_FALSE(rows[1][8].empty());
    CHECK(rows[2][8].empty());
    // The curve ends at the result.
    CHECK(rows[4][8] == cofi::test::csv_rows(it.file("folds.csv"))[3][5]);
  }
  SECTION("the table on the standard output, and nothing else there") {
    CHECK_THAT(run.out, Catch::StartsWith("model  optimizer.lr"));
    CHECK_THAT(run.out, Contains("±"));
    CHECK_THAT(run.err, Contains("240 interactions of 20 users with 12 items (100% of all pairs), "
                                 "mean 3.0000, scale 1 to 5"));
    CHECK(it.run("-q --fresh").err.empty());
  }
  SECTION("results.json, .md and .tex are the same table") {
    CHECK_THAT(it.file("results.json"), Contains("\"model\": \"bias\""));
    CHECK_THAT(it.file("results.md"), Contains("| model | optimizer.lr | rmse |"));
    CHECK_THAT(it.file("results.tex"), Contains("\\toprule") && Contains("train\\_rmse"));
  }
  SECTION("manifest.json says what it was made with") {
    const std::string manifest = it.file("manifest.json");
    for (const char* key : {"\"libtorch\"", "\"blas\"", "\"cpu\"", "\"flags\"", "\"tag\"",
                            "\"content_sha256\"", "\"seeds\"", "\"model/svd\"", "\"wall_seconds\"",
                            "\"state\": \"done\"", "\"train_rmse\": \"lower\""}) {
      CHECK_THAT(manifest, Contains(key));
    }
    const std::string digest =
        cofi::test::shell("sha256sum '" + (it.folder / "ratings.csv") + "' | cut -c1-64").out;
    CHECK_THAT(manifest, Contains(digest.substr(0, 64)));
  }
  SECTION("spec.yaml runs again, to the same results") {
    const Experiment again(it.file("spec.yaml"));
    again.folder.write("ratings.csv", ratings);
    REQUIRE(again.run().code == 0);
    CHECK(results_of(again.file("folds.csv")) == results_of(it.file("folds.csv")));
  }
  SECTION("the number of threads changes no bit") {
    const std::string before = it.file("folds.csv");
    REQUIRE(it.run("--fresh --set threads=1").code == 0);
    const auto one = results_of(it.file("folds.csv"));
    REQUIRE(it.run("--fresh --set threads=3").code == 0);
    CHECK(one == results_of(before));
    CHECK(results_of(it.file("folds.csv")) == one);
  }
  SECTION("the split as files with the ids of the source") {
    const std::string out = it.folder / "split";
    REQUIRE(cofi::test::shell("cofi export split '" + (it.folder / "run") + "' --out '" + out + "'")
                .code == 0);
    const std::string train = cofi::test::read_file(out + "/train.csv");
    const std::string test = cofi::test::read_file(out + "/test.csv");
    CHECK_THAT(train, Catch::StartsWith("user,item,value\nu") && Contains(",\"i,"));
    CHECK(std::count(train.begin(), train.end(), '\n') == 181);
    CHECK(std::count(test.begin(), test.end(), '\n') == 61);
  }
  SECTION("a model as it was initialised") {
    const std::string out = it.folder / "start.pt";
    const std::string words = "cofi export model '" + (it.folder / "run") + "' --out '" + out + "'";
    CHECK(cofi::test::shell(words + " --model svd").code == 0);
    CHECK(std::filesystem::file_size(out) > 100);
    const auto bad = cofi::test::shell(words + " --model svdd");
    CHECK(bad.code == 2);
    CHECK_THAT(bad.err, Contains("no model 'svdd', did you mean 'svd'? there are: bias, svd"));
    const auto unnamed = cofi::test::shell(words);
    CHECK(unnamed.code == 2);
    CHECK_THAT(unnamed.err, Contains("several models; choose one with --model: bias, svd"));
  }
}

TEST_CASE("The best possible error is one of each setting of the data, not of the evaluation") {
  const Experiment it(cofi::test::kSmallData +
                      "filters: [{use: k_core, users: 2}]\n"
                      "models: {bias: {use: bias}}\n"
                      "metrics: [rmse, {use: ndcg, at: 10}]\n"
                      "sweep: [{grid: {filters.0.users: [2, 20], evaluate.candidates: [all, test],"
                      " evaluate.exclude_train: [true, false]}}]\n");
  const auto run = it.run("-q");
  INFO(run.err);
  REQUIRE(run.code == 0);
  std::vector<cofi::test::CsvRow> best;
  for (const auto& row : cofi::test::read_csv(it.folder / "run/results.csv")) {
    if (row.at("model") == "(best possible)") best.push_back(row);
  }
  REQUIRE(best.size() == 2);
  CHECK(best[0].at("filters.0.users") == "2");
  CHECK(best[1].at("filters.0.users") == "20");
  for (const auto& row : best) {
    CHECK(std::stod(row.at("rmse")) == Approx(0.5).margin(0.08));
    for (const char* none : {"evaluate.candidates", "evaluate.exclude_train", "candidates"}) {
      CHECK(row.at(none).empty());
    }
  }
  CHECK(best[0].at("rmse") != best[1].at("rmse"));
}

TEST_CASE("Python opens a saved model") {
  if (cofi::test::shell("/usr/bin/python3 -c 'import torch'").code != 0) {
    std::cout << "[skipped] needs /usr/bin/python3 with torch\n";
    return;
  }
  const Experiment it(cofi::test::kSmallData +
                      "models: {svd: {use: svd, factors: 3}}\n"
                      "optimizer: {use: adam}\n"
                      "train: {epochs: 2, batch: 64}\n"
                      "metrics: [rmse]\n");
  REQUIRE(it.run().code == 0);
  const std::string model = it.folder / ("run/" + field(it.file("folds.csv"), "svd", "model_file"));
  const std::string split = it.folder / "split";
  REQUIRE(cofi::test::shell("cofi export split '" + (it.folder / "run") + "' --out '" + split + "'")
              .code == 0);
  const std::string program = it.folder.write("predict.py", R"(
import sys, json, csv, math, torch
model = torch.load(sys.argv[1])
assert model['cofi.plugin'] == 'svd', model['cofi.plugin']
assert json.loads(model['cofi.parameters'])['factors'] == 3
def ids(kind):
    return {r[kind]: int(r['id']) for r in csv.DictReader(open(f'{sys.argv[2]}/{kind}s.csv'))}
user_ids, item_ids = ids('user'), ids('item')
rows = list(csv.DictReader(open(f'{sys.argv[2]}/test.csv')))
users = torch.tensor([user_ids[r['user']] for r in rows])
items = torch.tensor([item_ids[r['item']] for r in rows])
values = torch.tensor([float(r['value']) for r in rows])
predictions = (model['mean'] + model['user_bias'][users] + model['item_bias'][items]
               + (model['user_factors'][users] * model['item_factors'][items]).sum(1))
print(math.sqrt(((predictions - values).double() ** 2).mean()))
)");
  const auto python =
      cofi::test::shell("/usr/bin/python3 '" + program + "' '" + model + "' '" + split + "'");
  INFO(python.err);
  REQUIRE(python.code == 0);
  CHECK(std::stod(python.out) ==
        Approx(std::stod(field(it.file("results.csv"), "svd", "rmse"))).epsilon(1e-6));
}

TEST_CASE("Progress: a bar on a terminal, lines elsewhere, nothing where none is wanted") {
  const Experiment it(cofi::test::kSmallData +
                      "models: {svd: {use: svd, factors: 3}}\n"
                      "optimizer: {use: adam}\n"
                      "train: {epochs: 40, batch: 8}\n"
                      "metrics: [rmse]\n");
  const auto lines = it.run();
  CHECK_THAT(lines.err, Contains("[1/1] svd: rmse") && !Contains("\r"));
  const std::string command = "COFI_PLUGIN_PATH=" COFI_EXPERIMENT_PLUGINS " cofi run " +
                              (it.folder / "spec.yaml") + " --fresh --out " + (it.folder / "run");
  const auto terminal = cofi::test::shell("script -qec '" + command + "' /dev/null");
  CHECK(terminal.code == 0);
  CHECK_THAT(terminal.out, Contains("\r[1/1] svd") && Contains("] epoch ") && Contains("/40") &&
                               Contains("/s  ") && Contains(" left  loss "));
  CHECK_THAT(it.run("--fresh -v").err, Contains("  epoch 40: loss "));
  CHECK(it.run("--fresh -q").err.empty());
}

TEST_CASE("Each user's values are those of their row, however its items were ranked") {
  const Experiment it(cofi::test::kSmallData +
                      "models:\n"
                      "  bias: {use: bias}\n"
                      "metrics: [rmse, {use: ndcg, at: 10}]\n"
                      "sweep: [{grid: {evaluate.candidates: [all, test]}}]\n");
  const auto run = it.run("-q");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto cells = cofi::test::read_csv(it.folder / "run/folds.csv");
  REQUIRE(cells.size() == 2);
  std::map<std::string, std::set<std::string>> files;  // by metric
  for (const auto& row : cofi::test::read_csv(it.folder / "run/per_user.csv")) {
    files[row.at("metric")].insert(row.at("file"));
    double sum = 0;
    const auto users = cofi::test::read_csv(it.folder / ("run/" + row.at("file")));
    for (const auto& user : users) sum += std::stod(user.at(row.at("metric")));
    if (row.at("metric") == "rmse") continue;  // no mean over users itself
    CHECK(sum / static_cast<double>(users.size()) ==
          Approx(std::stod(cells.at(std::stoul(row.at("cell")) - 1).at(row.at("metric")))));
  }
  CHECK(files.at("rmse").size() == 1);
  CHECK(files.at("ndcg@10").size() == 2);
}
