// Worlds of several ranks on this machine, as a user starts them.
#include <catch2/catch.hpp>

#include <cmath>
#include <string>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;

namespace {

std::string spec(const std::string& train) {
  return cofi::test::kSmallData +
         "threads: 1\n"
         "models:\n"
         "  bias: {use: bias}\n"
         "  svd: {use: svd, factors: 8, optimizer: {use: adam, lr: 0.01}}\n"
         "train: {epochs: 4, batch: 1000" +
         train +
         "}\n"
         "metrics: [rmse, {use: ndcg, at: 5}]\n"
         "launch: {timeout: 20}\n";
}

// folds.csv of a run by so many ranks.
std::string folds_of(const std::string& text, int ranks) {
  const Experiment it(text);
  const auto run = it.run("-q --np " + std::to_string(ranks));
  INFO(run.err);
  REQUIRE(run.code == 0);
  return it.file("folds.csv");
}

// The rmse of both models, to the last digit, at so many ranks.
std::string errors_at(const std::string& train, int ranks) {
  const std::string folds = folds_of(spec(train), ranks);
  return field(folds, "bias", "rmse") + " " + field(folds, "svd", "rmse") + " " +
         field(folds, "svd", "ndcg@5");
}

double svd_error(const std::string& train, int ranks) {
  return std::stod(field(folds_of(spec(train), ranks), "svd", "rmse"));
}

// Shell text that runs the spec in the background and kills its rank 1 once it has a checkpoint.
std::string killed(const Experiment& it, const std::string& signal, const std::string& words) {
  const std::string out = it.folder / "run";
  return "cofi run '" + (it.folder / "spec.yaml") + "' -q --np 2 --out '" + out + "' " + words +
         " & launcher=$!; while kill -0 $launcher && ! ls '" + out +
         "'/checkpoints/*.pt >/dev/null 2>&1; do sleep 0.05; done; for rank in $(pgrep -P "
         "$launcher); do if tr '\\0' '\\n' </proc/$rank/environ | grep -qx COFI_RANK=1; then kill "
         "-s " +
         signal + " $rank; fi; done; wait $launcher";
}

}  // namespace

TEST_CASE("with exact sums any number of ranks gives the same bits") {
  const std::string alone = errors_at(", sum: exact", 1);
  CHECK(errors_at(", sum: exact", 2) == alone);
  CHECK(errors_at(", sum: exact", 3) == alone);
  CHECK(errors_at(", sum: exact, partition: users", 2) == alone);
}

TEST_CASE("what ranks share out by rows gives the same bits as one process") {
  const std::string models =
      cofi::test::kSmallData +
      "filters: [{use: values, min: 0}]\n"
      "threads: 1\n"
      "models:\n"
      "  als: {use: als, factors: 6, biases: joint}\n"
      "  ials: {use: ials, factors: 6}\n"
      "  knn: {use: knn, k: 20}\n"
      "  svd: {use: svd, factors: 8, solver: blocked, optimizer: {use: sgd, lr: 0.01}}\n"
      "train: {epochs: 3, checkpoint: 1}\n"
      "metrics: [rmse, {use: ndcg, at: 5}, auc]\n"
      "launch: {timeout: 20}\n";
  const auto values = [&](int ranks) {
    const std::string folds = folds_of(models, ranks);
    std::string all;
    for (const char* model : {"als", "ials", "knn", "svd"}) {
      for (const char* metric : {"rmse", "ndcg@5", "auc"}) all += field(folds, model, metric) + " ";
    }
    return all;
  };
  const std::string alone = values(1);
  CHECK(values(2) == alone);
  CHECK(values(3) == alone);
}

TEST_CASE("what diverges on some ranks fails its cell alone") {
  const Experiment it(cofi::test::kSmallData +
                      "models:\n"
                      "  wild: {use: svd, factors: 4, optimizer: {use: sgd, lr: 1000}}\n"
                      "  bias: {use: bias}\n"
                      "train: {epochs: 30, batch: 500}\n"
                      "metrics: [rmse]\n"
                      "launch: {timeout: 20}\n");
  const auto run = it.run("-q --np 2");
  INFO(run.err);
  CHECK(run.code == 3);
  const std::string folds = it.file("folds.csv");
  CHECK_THAT(field(folds, "wild", "status"), Contains("training diverged"));
  CHECK(field(folds, "bias", "status") == "done");
}

TEST_CASE("with float sums the error is the same to six digits") {
  const double alone = svd_error("", 1);
  CHECK(std::abs(svd_error("", 2) - alone) < 1e-6);
  CHECK(std::abs(svd_error(", partition: users", 3) - alone) < 1e-6);
  // What a model draws for a batch does not depend on how it is shared out.
  const std::string bpr = cofi::test::kSmallData +
                          "models:\n"
                          "  bpr: {use: bpr, factors: 8, optimizer: {use: adam, lr: 0.01}}\n"
                          "train: {epochs: 4, batch: 1000}\n"
                          "metrics: [auc]\n"
                          "launch: {timeout: 20}\n";
  const auto ranked = [&](int ranks) {
    return std::stod(field(folds_of(bpr, ranks), "bpr", "auc"));
  };
  const double auc = ranked(1);
  CHECK(std::abs(ranked(2) - auc) < 1e-4);  // of two items that are next to each other, one each
  // Means of the ranks' own batches are another algorithm.
  CHECK(std::abs(svd_error(", batch_scope: rank", 2) - alone) > 1e-6);
}

TEST_CASE("a world's models are those of so many ranks") {
  const Experiment it(spec(""));
  REQUIRE(it.run("-q --np 2").code == 0);
  const auto call = [&](const std::string& words) {
    return cofi::test::shell("cofi " + words + " '" + (it.folder / "run") + "' -q");
  };
  for (const char* words : {"evaluate --metrics mae", "evaluate --metrics mse"}) {
    const auto added = call(words);
    INFO(added.err);
    CHECK(added.code == 0);
  }
  const auto asked =
      cofi::test::shell("cofi predict '" + (it.folder / "run") + "' --model svd --user 1 --item 1");
  INFO(asked.err);
  CHECK(asked.code == 0);
  // Another number rounds otherwise where gradients are added up.
  const auto alone = it.run();
  CHECK(alone.code == 0);
  CHECK_THAT(alone.err, Contains("[1/1] svd: ") && !Contains("bias: "));
}

TEST_CASE("a rank that dies ends the world, or begins it again") {
  const std::string slow = spec(", checkpoint: 1") + "sweep: [{grid: {train.epochs: [3000]}}]\n";
  SECTION("killed: the others say which, and the checkpoint is good to go on from") {
    const Experiment it(slow);
    const auto ended = cofi::test::shell(killed(it, "KILL", ""));
    INFO(ended.err);
    CHECK(ended.code == 3);
    CHECK_THAT(ended.err, Contains("rank 1 (process") && Contains("has died"));
    const auto again = it.run("--set 'sweep.0.grid={train.epochs: [3]}' --np 2");
    INFO(again.err);
    CHECK(again.code == 0);
  }
  SECTION("hanging: noticed within the timeout") {
    const Experiment it(slow);
    const auto ended = cofi::test::shell(killed(it, "STOP", "--set launch.timeout=3"));
    INFO(ended.err);
    CHECK(ended.code == 3);
    CHECK_THAT(ended.err, Contains("rank 1 (process") && Contains("no sign of life"));
  }
  SECTION("restarted: the results are those of a world that nothing happened to") {
    const std::string shorter =
        spec(", checkpoint: 1") + "sweep: [{grid: {train.epochs: [200]}}]\n";
    const Experiment quiet(shorter), it(shorter);
    REQUIRE(quiet.run("-q --np 2").code == 0);
    const auto run = cofi::test::shell(killed(it, "KILL", "--set launch.max_restarts=1"));
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(field(it.file("folds.csv"), "svd", "rmse") ==
          field(quiet.file("folds.csv"), "svd", "rmse"));
  }
}

TEST_CASE("what a world cannot be is said once, by name") {
  const Experiment it(spec(""));
  const auto jobs = it.run("--np 2 --set jobs=2");
  CHECK(jobs.code == 2);
  CHECK_THAT(jobs.err, Contains("jobs: 2"));
  const auto local = it.run("--np 2 --set launch.backend=local");
  CHECK(local.code == 2);
  CHECK_THAT(local.err, Contains("backend/local: joins one process to itself"));
  const auto both = it.run("--np 2 --set train.sum=exact --set train.batch_scope=rank");
  CHECK(both.code == 3);
  CHECK_THAT(it.file("folds.csv"), Contains("train.sum: exact promises the same bits"));
  const auto users = it.run("--np 2 --set train.partition=users --set train.batch_scope=rank");
  CHECK(users.code == 3);
  CHECK_THAT(it.file("folds.csv"), Contains("train.partition: users cuts the batch"));
  const auto missing =
      it.run("--ranks 0 --world 2 --master 127.0.0.1:0 --set launch.timeout=1", "COFI_TOKEN=x");
  CHECK(missing.code == 2);
  CHECK_THAT(missing.err, Contains("rank 1 of 2 have not come within 1 s"));
}

TEST_CASE("ranks can share out cells instead") {
  const std::string searched =
      cofi::test::kSmallData +
      "threads: 1\n"
      "models:\n"
      "  bias: {use: bias}\n"
      "  als: {use: als, factors: 4}\n"
      "  svd: {use: svd, optimizer: {use: adam, lr: 0.01}, train: {epochs: 4, batch: 1000}}\n"
      "train: {epochs: 3}\n"
      "metrics: [rmse, {use: ndcg, at: 5}]\n"
      "evaluate: {export: csv}\n"
      "launch: {timeout: 20, parallel: cells}\n"
      "sweep:\n"
      "  - grid: {models.svd.factors: [2, 4, 8, 12]}\n";
  const Experiment alone(searched), shared(searched);
  REQUIRE(alone.run("-q").code == 0);
  const auto run = shared.run("--np 3");
  INFO(run.err);
  CHECK(run.code == 0);
  const auto values = [](const Experiment& it) {
    std::string all;
    for (const auto& row : cofi::test::csv_rows(it.file("folds.csv"))) {
      all += row.at(0) + " " + row.at(1) + " " + row.at(2) + " " + row.at(3) + "\n";
    }
    return all;
  };
  CHECK(values(shared) == values(alone));
  const auto files = [](const Experiment& it, const std::string& folder) {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(it.folder / ("run/" + folder))) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  };
  for (const char* folder : {"models", "lists", "per_user"}) {
    CHECK(files(shared, folder) == files(alone, folder));
  }
  CHECK_FALSE(shared.has("checkpoints"));
  CHECK_THAT(shared.file("manifest.json"), Contains("\"parallel\": \"cells\""));
  // Nothing is missing.
  CHECK_THAT(shared.run("--dry-run").out, Contains("6 cells, 6 of them done"));
  // What is added alone runs.
  const auto more = shared.run("--np 2 --set 'metrics=[rmse, {use: ndcg, at: 5}, mae]'");
  INFO(more.err);
  CHECK(more.code == 0);
}
