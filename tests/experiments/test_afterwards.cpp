// What can be done with a finished run: further metrics, comparisons, running it again.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "experiment.hpp"
#include "support/csv_table.hpp"

using Catch::Contains;
using cofi::test::CsvRow;
using cofi::test::Experiment;
using cofi::test::Outcome;
using cofi::test::results_of;

namespace {

const std::string kSpec =
    "name: small\n"
    "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}\n"
    "split: {use: k_fold, folds: 3}\n"
    "models:\n"
    "  bias: {use: bias}\n"
    "  svd: {use: svd, factors: 4}\n"
    "optimizer: {use: adam, lr: 0.005}\n"
    "train: {epochs: 6, batch: 256}\n"
    "evaluate: {epochs: [2, 6]}\n"
    "metrics: [rmse]\n";

Outcome call(const Experiment& it, const std::string& words) {
  return cofi::test::shell("cd '" + it.folder.path().string() +
                           "' && COFI_PLUGIN_PATH='" COFI_EXPERIMENT_PLUGINS "' cofi " + words);
}

std::size_t starts_of_all_fits(const Experiment& it) {
  const auto sum = cofi::test::shell("python3 -c \"import sqlite3; print(sqlite3.connect('" +
                                     (it.folder / "run/cofi.db") +
                                     "').execute('SELECT sum(starts) FROM fits').fetchone()[0])\"");
  return static_cast<std::size_t>(std::atoll(sum.out.c_str()));
}

}  // namespace

TEST_CASE("cofi evaluate adds metrics to a finished run without training") {
  const Experiment it(kSpec);
  REQUIRE(it.run("-q").code == 0);
  const auto before = cofi::test::read_csv(it.folder / "run/folds.csv");
  const std::size_t starts = starts_of_all_fits(it);
  REQUIRE(starts == 6);
  const auto added = call(it, "evaluate run --metrics mae,mse -q");
  INFO(added.err);
  REQUIRE(added.code == 0);
  CHECK_THAT(added.out, Contains("mae") && Contains("mse"));
  CHECK(starts_of_all_fits(it) == starts);
  const auto after = cofi::test::read_csv(it.folder / "run/folds.csv");
  REQUIRE(after.size() == before.size());
  for (std::size_t n = 0; n < after.size(); ++n) {
    CHECK(after[n].at("rmse") == before[n].at("rmse"));
    CHECK(std::stod(after[n].at("mse")) ==
          Approx(std::pow(std::stod(after[n].at("rmse")), 2)).epsilon(1e-9));
  }
  SECTION("as a run of all of them from the start gives") {
    const Experiment whole(kSpec);
    REQUIRE(whole.run("-q --set 'metrics=[rmse, mae, mse]'").code == 0);
    CHECK(results_of(whole.file("results.csv")) == results_of(it.file("results.csv")));
  }
  SECTION("once more, and the models are still those of the run") {
    REQUIRE(call(it, "evaluate run --metrics nmae -q").code == 0);
    CHECK(starts_of_all_fits(it) == starts);
    CHECK_FALSE(cofi::test::field(it.file("results.csv"), "svd", "nmae").empty());
    const auto predicted = call(it, "predict run --model svd --user 1 --item 1");
    INFO(predicted.err);
    CHECK(predicted.code == 0);
  }
  SECTION("by several processes, and after an evaluation that did not end") {
    const Experiment several(kSpec + "jobs: 2\n");
    REQUIRE(several.run("-q").code == 0);
    for (const char* metrics : {"mae", "mae,mse"}) {
      const auto run = call(several, "evaluate run -q --metrics " + std::string(metrics));
      INFO(run.err);
      CHECK(run.code == 0);
      const std::string done = "\"state\": \"done\"";
      std::string manifest = several.file("manifest.json");
      manifest.replace(manifest.find(done), done.size(), "\"state\": \"running\"");
      several.folder.write("run/manifest.json", manifest);
    }
    CHECK(results_of(several.file("results.csv")) == results_of(it.file("results.csv")));
  }
  SECTION("a metric that is there, or is none, is refused and changes nothing") {
    const std::string results = it.file("results.csv");
    const auto twice = call(it, "evaluate run --metrics mae");
    CHECK(twice.code == 2);
    CHECK_THAT(twice.err, Contains("the metric 'mae' stands here twice"));
    const auto unknown = call(it, "evaluate run --metrics mea");
    CHECK(unknown.code == 2);
    CHECK_THAT(unknown.err, Contains("did you mean"));
    CHECK(call(it, "evaluate run").code == 2);
    CHECK(it.file("results.csv") == results);
  }
  SECTION("without models it says so") {
    const Experiment none(kSpec + "save: none\n");
    REQUIRE(none.run("-q").code == 0);
    const std::string results = none.file("results.csv");
    const auto refused = call(none, "evaluate run --metrics mae");
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("no saved model") && Contains("save: all"));
    CHECK(none.file("results.csv") == results);
    CHECK(call(none, "evaluate . --metrics mae").code == 2);
  }
}

TEST_CASE("cofi compare tells differences from chance, and refuses what does not compare") {
  const Experiment it(kSpec);
  REQUIRE(it.run("-q").code == 0);
  const auto table = call(it, "compare run --out pairs.csv");
  INFO(table.err);
  REQUIRE(table.code == 0);
  CHECK_THAT(table.out, Contains("bias") && Contains("svd") && Contains("wilcoxon_holm"));
  const auto pairs = cofi::test::read_csv(it.folder / "pairs.csv");
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].at("folds") == "3");
  CHECK(std::stod(pairs[0].at("users")) > 250);
  CHECK(std::stod(pairs[0].at("low")) <= std::stod(pairs[0].at("difference")));
  CHECK(std::stod(pairs[0].at("difference")) <= std::stod(pairs[0].at("high")));
  // One pair: nothing to correct.
  CHECK(pairs[0].at("t_p") == pairs[0].at("t_holm"));
  // The run's own file says the same of what takes no resampling.
  CHECK(cofi::test::read_csv(it.folder / "run/comparisons.csv").at(0).at("t_p") ==
        pairs[0].at("t_p"));

  const std::string other = "run spec.yaml -q --out other ";
  SECTION("runs on the same data and split compare, whatever their models") {
    REQUIRE(call(it, other + "--set models.svd.factors=8").code == 0);
    const auto both = call(it, "compare run other --metric rmse --out both.csv");
    INFO(both.err);
    REQUIRE(both.code == 0);
    const auto four = cofi::test::read_csv(it.folder / "both.csv");
    CHECK(four.size() == 6);  // pairs of four systems
    // bias is the same in both: no difference at all.
    const bool same = std::any_of(four.begin(), four.end(), [](const CsvRow& row) {
      return row.at("a") == "run: bias" && row.at("b") == "other: bias" &&
             std::stod(row.at("difference")) == 0;
    });
    CHECK(same);
  }
  SECTION("other splits do not, unless told to") {
    REQUIRE(call(it, other + "--set split.folds=2").code == 0);
    const auto refused = call(it, "compare run other");
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("run and other have other splits") && Contains("--anyway"));
    CHECK(call(it, "compare run other --anyway").code == 0);
  }
  SECTION("nor do other data") {
    REQUIRE(call(it, other + "--set dataset.ratings=5000").code == 0);
    CHECK_THAT(call(it, "compare run other").err, Contains("other data"));
  }
  SECTION("a dataset without a name is that of the same data") {
    std::string named = kSpec;
    const std::string alone = "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}";
    named.replace(named.find(alone), alone.size(),
                  "datasets: {made: {use: synthetic, users: 300, items: 200, ratings: 6000}}");
    it.folder.write("named.yaml", named);
    REQUIRE(call(it, "run named.yaml -q --out named").code == 0);
    REQUIRE(call(it, "compare run named --metric rmse --out both.csv").code == 0);
    CHECK(cofi::test::read_csv(it.folder / "both.csv").size() == 6);
    REQUIRE(call(it, "run named.yaml -q --out fewer --set datasets.made.ratings=5000").code == 0);
    const auto refused = call(it, "compare run fewer");
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("run and fewer have no dataset in common (one without a "
                                     "name; 'made')"));
  }
  SECTION("what is wrong is named") {
    CHECK_THAT(call(it, "compare run --metric rsme").err, Contains("did you mean 'rmse'"));
    CHECK_THAT(call(it, "compare nowhere").err, Contains("nowhere: no folds.csv"));
    CHECK_THAT(call(it, "compare run --level 2").err, Contains("--level 2: allowed"));
    const auto form = call(it, "compare run --out x.pdf");
    CHECK(form.code == 2);
    CHECK_THAT(form.err, Contains("'.pdf'") && Contains(".csv"));
    // At once: before any run is read, not after the resampling.
    CHECK_THAT(call(it, "compare nowhere --out x.pdf").err, Contains("'.pdf'"));
  }
}

TEST_CASE("cofi replay runs a run again, and says what is the same") {
  const Experiment it(kSpec);
  REQUIRE(it.run("-q").code == 0);
  const auto same = call(it, "replay run -q");
  INFO(same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("svd, fold 0, repeat 0: the same") &&
                           Contains("6 of 6 cells have the same numbers, with the same versions"));
  CHECK(results_of(cofi::test::read_file(it.folder / "run-replay/results.csv")) ==
        results_of(it.file("results.csv")));
  SECTION("where a number was another, it is named") {
    std::string folds = it.file("folds.csv");
    const std::string value = cofi::test::read_csv(it.folder / "run/folds.csv")[0].at("rmse");
    folds.replace(folds.find(value), value.size(), "0.5");
    it.folder.write("run/folds.csv", folds);
    std::string manifest = it.file("manifest.json");
    const std::string torch = "\"libtorch\": \"";
    manifest.insert(manifest.find(torch) + torch.size(), "0.");
    it.folder.write("run/manifest.json", manifest);
    const auto other = call(it, "replay run -q --out again");
    CHECK(other.code == 3);
    CHECK_THAT(other.out, Contains("rmse " + value + ", was 0.5") &&
                              Contains("5 of 6 cells have the same numbers") &&
                              Contains("not as it was: versions.libtorch"));
  }
  SECTION("into itself, or of what is no run, it does not") {
    CHECK_THAT(call(it, "replay run --out run").err, Contains("is the run itself"));
    CHECK(it.has("results.csv"));
    CHECK_THAT(call(it, "replay .").err, Contains("no run's folder"));
  }
}

TEST_CASE("A swept seed is told from the seeds of the cells") {
  const Experiment it(kSpec + "sweep: [{grid: {seed: [3, 4]}}]\n");
  REQUIRE(it.run("-q").code == 0);
  const auto same = call(it, "replay run -q");
  INFO(same.out + same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("svd, seed 3, fold 0, repeat 0: the same") &&
                           Contains("svd, seed 4, fold 2, repeat 0: the same") &&
                           Contains("12 of 12 cells have the same numbers"));
  // Of each seed its own split: two pairs, of rmse alone.
  const auto pairs = cofi::test::read_csv(it.folder / "run/comparisons.csv");
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].at("metric") == "rmse");
  CHECK(pairs[0].at("a") == "bias, seed 3");
  CHECK(pairs[0].at("b") == "svd, seed 3");
  CHECK(pairs[1].at("a") == "bias, seed 4");
  CHECK(pairs[1].at("b") == "svd, seed 4");
}
