#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

#include "unit/spec/spec_files.hpp"

namespace {

using Catch::Contains;
using cofi::test::SpecFiles;

// Two models of which one has what is searched, and a selection.
std::string search_spec(const std::string& sweep,
                        const std::string& select = "select: {metric: rmse}\n") {
  return "name: searched\n"
         "seed: 4\n"
         "dataset: {use: movielens, path: ml}\n"
         "split: {use: ratio, test: 0.2, validation: {use: ratio, test: 0.1}}\n"
         "models:\n"
         "  base: bias\n"
         "  svd: {use: svd, factors: 10}\n"
         "optimizer: {use: adam, lr: 0.01}\n"
         "train: {epochs: 27}\n"
         "metrics: [rmse, mae]\n" +
         select + "sweep:\n  - " + sweep + "\n";
}

std::string mistakes_in(const std::string& sweep,
                        const std::string& select = "select: {metric: rmse}\n") {
  return SpecFiles().mistakes(search_spec(sweep, select));
}

}  // namespace

TEST_CASE("A random block is as many rows as trials for the models that it reaches") {
  const SpecFiles files;
  const std::string block =
      "random: {trials: 12, models.svd.factors: {int: [2, 64]}, optimizer.lr: {log: [0.001, 1]}}";
  const auto experiment = files.read(search_spec(block));
  REQUIRE(experiment.rows.size() == 13);
  CHECK(experiment.searches.empty());
  CHECK(experiment.rows[0].model == "base");
  std::set<std::string> rates;
  for (std::size_t n = 1; n < 13; ++n) {
    const auto& row = experiment.rows[n];
    REQUIRE(row.swept.size() == 2);
    CHECK(row.model_spec["factors"].get<int>() >= 2);
    CHECK(row.model_spec["factors"].get<int>() <= 64);
    const double rate = row.optimizer["lr"].get<double>();
    CHECK((rate >= 0.001 && rate <= 1));
    rates.insert(row.swept[1].second);
    CHECK(std::stod(row.swept[1].second) == rate);  // the table shows the very value
  }
  CHECK(rates.size() == 12);
  SECTION("which depend on the seed alone") {
    CHECK(files.read(search_spec(block)).rows[3].swept == experiment.rows[3].swept);
    CHECK(files.read(search_spec(block), {"seed=5"}).rows[3].swept != experiment.rows[3].swept);
  }
  SECTION("and multiply with other blocks") {
    CHECK(files.read(search_spec(block + "\n  - grid: {train.batch: [1, 2]}")).rows.size() == 25);
  }
}

TEST_CASE("A search is one for each model that it reaches and setting of what else is swept") {
  const SpecFiles files;
  const auto experiment = files.read(search_spec(
      "tpe: {trials: 30, startup: 5, models.svd.factors: {int: [2, 64]}, models.svd.init: "
      "[cofi, torch]}\n  - grid: {train.batch: [100, 200]}"));
  REQUIRE(experiment.rows.size() == 1);  // base
  REQUIRE(experiment.searches.size() == 2);
  const auto& search = experiment.searches[1];
  CHECK(search.options.kind == "tpe");
  CHECK(search.options.trials == 30);
  CHECK(search.options.startup == 5);
  CHECK(search.options.seed == 4);
  CHECK(search.keys == std::vector<std::string>{"models.svd.factors", "models.svd.init"});
  CHECK(search.choices == std::vector<std::size_t>{0, 2});
  const auto row = search.row({0, 0.9}, 0);
  CHECK(row.model_spec["factors"] == 2);
  CHECK(row.model_spec["init"] == "torch");
  CHECK(row.train["batch"] == 200);
  CHECK(row.metrics.size() == 2);
  CHECK(row.swept.size() == 3);
  CHECK(experiment.swept ==
        std::vector<std::string>{"train.batch", "models.svd.factors", "models.svd.init"});
}

TEST_CASE("Halving has less of a resource in its first rungs") {
  const SpecFiles files;
  const auto experiment =
      files.read(search_spec("halving: {trials: 9, eta: 3, models.svd.factors: {int: [2, 64]}}"));
  REQUIRE(experiment.searches.size() == 1);
  CHECK(experiment.searches[0].most == 27);
  const auto row = experiment.searches[0].row({0.5}, 3);
  CHECK(row.train["epochs"] == 3);
  CHECK(row.swept.back() == std::pair<std::string, std::string>("train.epochs", "3"));
  SECTION("the model's own, where its name is given") {
    const auto own =
        files.read(search_spec("halving: {trials: 9, resource: models.svd.train.epochs, "
                               "models.svd.factors: {int: [2, 64]}}"),
                   {"models.svd.train.epochs=12"});
    REQUIRE(own.searches.size() == 1);
    CHECK(own.searches[0].most == 12);
    CHECK(own.searches[0].row({0}, 4).train["epochs"] == 4);
  }
  SECTION("one that does not reach the model is refused") {
    CHECK_THAT(
        files.mistakes(search_spec("halving: {trials: 9, models.svd.factors: {int: [2, 64]}}"),
                       {"models.svd.train.epochs=12"}),
        Contains("'train.epochs' does not reach models.svd") && Contains("resource"));
  }
}

TEST_CASE("Mistakes in searches") {
  CHECK_THAT(mistakes_in("random: {models.svd.factors: {int: [2, 64]}}"),
             Contains("spec.yaml:13:5") && Contains("trials: missing"));
  CHECK_THAT(mistakes_in("random: {trails: 3, models.svd.factors: {int: [2, 64]}}"),
             Contains("unknown key of random") && Contains("did you mean 'trials'?"));
  CHECK_THAT(mistakes_in("random: {trials: 0, models.svd.factors: {int: [2, 64]}}"),
             Contains("0 is out of range") && Contains("1 to 10000"));
  CHECK_THAT(mistakes_in("random: {trials: 3}"), Contains("nothing to search"));
  CHECK_THAT(mistakes_in("random: {trials: 3, models.svdd.factors: {int: [2, 64]}}"),
             Contains("did you mean 'models.svd.factors'?"));
  CHECK_THAT(mistakes_in("random: {trials: 3, models.svd.factor: {int: [2, 64]}}"),
             Contains("did you mean 'factors'?"));
  CHECK_THAT(mistakes_in("grid: {models.svd.factors: {int: [2, 64]}}"),
             Contains("needs a block random, halving or tpe"));
  CHECK_THAT(mistakes_in("halvin: {trials: 3}"), Contains("did you mean 'halving'?"));
  CHECK_THAT(mistakes_in("tpe: {trials: 3, models.svd.factors: {int: [2, 64]}}\n"
                         "  - tpe: {trials: 3, optimizer.lr: {log: [0.1, 1]}}"),
             Contains("a second search"));
  SECTION("both ends of a range are tried, and every choice") {
    CHECK_THAT(mistakes_in("tpe: {trials: 3, models.svd.factors: {int: [2, 5000]}}"),
               Contains("models.svd.factors") && Contains("5000 is out of range") &&
                   Contains("1 to 4096"));
    CHECK_THAT(mistakes_in("tpe: {trials: 3, models.svd.init: [cofi, torch, numpy]}"),
               Contains("numpy"));
  }
}

TEST_CASE("Selecting") {
  const std::string grid = "grid: {models.svd.factors: [1, 2]}";
  const SpecFiles files;
  const auto experiment = files.read(search_spec(grid, "select: {metric: mae, per: fold}\n"));
  REQUIRE(experiment.select);
  CHECK(experiment.select->metric == "mae");
  CHECK(experiment.select->per_fold);
  CHECK_FALSE(files.read(search_spec(grid)).select->per_fold);
  CHECK_FALSE(files.read(search_spec(grid, "")).select);
  CHECK(cofi::spec::to_yaml(experiment.resolved).find("per: fold") != std::string::npos);

  CHECK_THAT(mistakes_in(grid, "select: {metric: rsme}\n"),
             Contains("'rsme' is none of the spec's metrics") && Contains("did you mean 'rmse'?"));
  CHECK_THAT(mistakes_in(grid, "select: {}\n"), Contains("select.metric: missing"));
  CHECK_THAT(mistakes_in(grid, "select: {metric: rmse, on: test}\n"), Contains("validation"));
  CHECK_THAT(mistakes_in(grid, "select: {metric: rmse, pre: fold}\n"),
             Contains("did you mean 'per'?"));
  CHECK_THAT(mistakes_in(grid, "save: selected\n"),
             Contains("save: selected: nothing is without a 'select' block"));
  CHECK_THAT(mistakes_in(grid, "select: {metric: rmse}\nevaluate: {epochs: [1]}\n"),
             Contains("evaluate.epochs") && Contains("must not see test data"));
  CHECK_THAT(mistakes_in("tpe: {trials: 3, models.svd.factors: {int: [2, 64]}}", ""),
             Contains("tpe needs 'select: {metric: ...}'"));
  CHECK_THAT(files.mistakes(search_spec(grid), {"split.validation=null"}),
             Contains("needs a validation split"));
}
