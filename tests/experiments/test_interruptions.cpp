// Runs that are stopped, or killed, end with the tables of those that are not.
#include <catch2/catch.hpp>

#include <chrono>
#include <map>
#include <random>
#include <sstream>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::results_of;

namespace {

// Some seconds of work: several cells, each of several epochs with a checkpoint after every one.
const std::string kSpec =
    "name: small\n"
    "seed: 5\n"
    "repeat: 2\n"
    "dataset: {use: synthetic, users: 600, items: 400, ratings: 40000}\n"
    "split: {use: ratio, test: 0.2, validation: {use: ratio, test: 0.1}}\n"
    "models:\n"
    "  bias: {use: bias}\n"
    "  svd: {use: svd, factors: 16}\n"
    "optimizer: {use: adam, lr: 0.01}\n"
    "train: {epochs: 12, batch: 100, checkpoint: 1}\n"
    "evaluate: {epochs: [1, 5, 12]}\n"
    "metrics: [rmse, mae]\n";

void check_same(const Experiment& one, const Experiment& other) {
  for (const char* name : {"results.csv", "folds.csv", "history.csv"}) {
    INFO(name);
    CHECK(results_of(one.file(name)) == results_of(other.file(name)));
  }
}

// Runs the spec, and sends it a signal so many seconds after its folder has such a file (a
// pattern).
auto signalled(const Experiment& it, const std::string& file, const std::string& seconds,
               const std::string& signal) {
  return cofi::test::shell("COFI_PLUGIN_PATH='" COFI_EXPERIMENT_PLUGINS "' cofi run '" +
                           (it.folder / "spec.yaml") + "' --out '" + (it.folder / "run") +
                           "' & while kill -0 $! && ! ls '" + (it.folder / "run") + "'/" + file +
                           " >/dev/null 2>&1; do sleep 0.01; done; sleep " + seconds +
                           "; kill -s " + signal + " $!; wait $!");
}

}  // namespace

TEST_CASE("A run that is asked to stop goes on from where it was") {
  const Experiment undisturbed(kSpec), stopped(kSpec);
  REQUIRE(undisturbed.run("-q").code == 0);
  for (const char* signal : {"INT", "TERM"}) {
    INFO(signal);
    std::filesystem::remove_all(stopped.folder / "run");
    // Stopped as soon as it has saved a checkpoint: in the middle of a cell.
    const auto run = signalled(stopped, "checkpoints/*.pt", "0", signal);
    CHECK(run.code == 130);
    CHECK_THAT(run.err, Contains("interrupted") && Contains("the same command goes on"));
    CHECK_THAT(stopped.file("results.csv"), Contains("interrupted") || Contains("not run"));
    CHECK_THAT(stopped.file("manifest.json"), Contains("\"state\": \"interrupted\""));
    const auto again = stopped.run();
    CHECK(again.code == 0);
    CHECK_THAT(again.err, Contains("going on from the checkpoint after epoch"));
    check_same(undisturbed, stopped);
    CHECK_FALSE(stopped.has("checkpoints"));
  }
}

TEST_CASE("A blend that is asked to stop goes on after the models that it has fitted") {
  const std::string spec =
      "name: blend\n"
      "dataset: {use: synthetic, users: 600, items: 400, ratings: 40000}\n"
      "split: {use: ratio, test: 0.2}\n"
      "models:\n"
      "  both:\n"
      "    use: blend\n"
      "    models:\n"
      "      one: {use: svd, factors: 4}\n"
      "      two: {use: svd, factors: 8}\n"
      "      three: {use: svd, factors: 16}\n"
      "optimizer: {use: adam, lr: 0.01}\n"
      "train: {epochs: 15, batch: 100}\n"
      "metrics: [rmse]\n";
  const Experiment undisturbed(spec), stopped(spec);
  REQUIRE(undisturbed.run("-q").code == 0);
  const auto run = signalled(stopped, "cofi.db", "0.5", "INT");
  INFO(run.err);
  REQUIRE(run.code == 130);
  const auto again = stopped.run();
  CHECK(again.code == 0);
  CHECK_THAT(again.err, Contains("going on from the checkpoint"));
  check_same(undisturbed, stopped);
}

// A grid of 60 cells, two at once. What is done stays done: its fit never starts again.
TEST_CASE(
    "A grid that is killed five times ends with the same table, and repeats no finished cell") {
  const std::string spec =
      "name: grid\n"
      "dataset: {use: synthetic, users: 400, items: 300, ratings: 20000}\n"
      "split: {use: k_fold, folds: 3}\n"
      "models: {svd: {use: svd, factors: 8}}\n"
      "optimizer: {use: adam, lr: 0.01}\n"
      "train: {epochs: 6, batch: 100, validate: 1}\n"
      "metrics: [rmse]\n"
      "jobs: 2\n"
      "sweep:\n"
      "  - grid: {models.svd.factors: [2, 4, 6, 8, 10]}\n"
      "  - grid: {optimizer.lr: [0.005, 0.01, 0.02, 0.04]}\n";
  const Experiment undisturbed(spec), killed(spec);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(undisturbed.run("-q").code == 0);
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  CHECK(cofi::test::csv_rows(undisturbed.file("folds.csv")).size() == 61);
  // "key starts" of every finished fit.
  const auto finished = [&] {
    const auto rows = cofi::test::shell(
        "python3 -c \"import sqlite3; [print(*row) for row in sqlite3.connect('" +
        (killed.folder / "run/cofi.db") +
        "').execute('SELECT key, starts FROM fits WHERE status = \\'done\\' ORDER BY key')]\"");
    std::map<std::string, std::string> starts;
    std::istringstream lines(rows.out);
    for (std::string key, count; lines >> key >> count;) starts[key] = count;
    return starts;
  };
  std::mt19937 random(7);
  std::map<std::string, std::string> done;
  int kills = 0;
  for (int n = 0; n < 5; ++n) {
    const double moment =
        whole.count() * (0.15 + 0.3 * static_cast<double>(random()) / 4294967296.0);
    INFO("kill " << n << " after " << moment << " of " << whole.count() << " s");
    const auto run = killed.run("-q", "timeout -s KILL " + std::to_string(moment) + " env");
    CHECK((run.code == 137 || run.code == 0));
    kills += run.code == 137;
    const auto now = finished();
    for (const auto& [key, starts] : done) CHECK(now.at(key) == starts);
    done = now;
  }
  CHECK(kills >= 3);
  REQUIRE(killed.run("-q").code == 0);
  const auto now = finished();
  CHECK(now.size() == 60);
  for (const auto& [key, starts] : done) CHECK(now.at(key) == starts);
  check_same(undisturbed, killed);
}

TEST_CASE("A run that is killed at ten moments ends with the same tables") {
  const Experiment undisturbed(kSpec), killed(kSpec);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(undisturbed.run("-q").code == 0);
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  std::mt19937 random(20);
  int kills = 0;
  for (int n = 0; n < 10; ++n) {
    const double moment =
        whole.count() * (0.05 + 0.4 * static_cast<double>(random()) / 4294967296.0);
    INFO("kill " << n << " after " << moment << " of " << whole.count() << " s");
    const auto run = killed.run("-q", "timeout -s KILL " + std::to_string(moment) + " env");
    CHECK((run.code == 137 || run.code == 0));
    kills += run.code == 137;
  }
  CHECK(kills >= 3);
  REQUIRE(killed.run("-q").code == 0);
  check_same(undisturbed, killed);
}
