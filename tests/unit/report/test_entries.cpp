#include <catch2/catch.hpp>

#include <cmath>

#include "report/entries.hpp"
#include "run_folder.hpp"

using namespace cofi::report;
using cofi::test::TempFolder;
using Names = std::vector<std::string>;

namespace {

std::vector<const Entry*> all_of(const std::vector<Entry>& entries) {
  std::vector<const Entry*> all;
  for (const Entry& entry : entries) all.push_back(&entry);
  return all;
}

Names labels(const std::vector<const Entry*>& entries) {
  Names all;
  for (const Entry* entry : entries) all.push_back(entry->label);
  return all;
}

}  // namespace

TEST_CASE("Means with their spread") {
  SECTION("1, 2, 3: mean 2, deviation 1, and Student's t of 2 degrees of freedom, 4.302653") {
    const Estimate estimate = estimate_of({1, 2, 3});
    CHECK(estimate.mean == 2);
    CHECK(estimate.deviation == 1);
    CHECK(estimate.low == Approx(2 - 4.302653 / std::sqrt(3.0)).epsilon(1e-6));
    CHECK(estimate.high == Approx(2 + 4.302653 / std::sqrt(3.0)).epsilon(1e-6));
    CHECK(estimate_text(estimate) == "2.0000 ± 1.0000");
  }
  SECTION("one value has no spread") {
    const Estimate estimate = estimate_of({0.25});
    CHECK(estimate.low == 0.25);
    CHECK(estimate.high == 0.25);
    CHECK(estimate_text(estimate) == "0.2500");
  }
}

TEST_CASE("The rows of a run's table") {
  const TempFolder folder;
  const RunFiles run = cofi::test::read(folder);
  const std::vector<Entry> entries = entries_of(run);
  SECTION("in order, with each cell's values; a failed cell leaves a row incomplete") {
    CHECK(labels(all_of(entries)) == Names{"bias", "svd, factors 10, lr 0.1",
                                           "svd, factors 50, lr 0.1", "svd, factors 10, lr 0.01"});
    CHECK(entries[1].values.at("rmse") == std::vector<double>{0.8, 0.9});
    CHECK(entries[1].has("rmse"));
    CHECK_FALSE(entries[2].has("rmse"));
    CHECK(entries[0].setting_text == "bias");
    CHECK(entries[1].setting_text == "factors 10, lr 0.1");
    CHECK(entries[1].value(run, "models.svd.factors") == "10");
    CHECK(models_of(entries) == Names{"bias", "svd"});
  }
  SECTION("the best few: of each model first, by the metric's own direction") {
    CHECK(best_of(run, all_of(entries), "rmse")->label == "svd, factors 10, lr 0.01");
    CHECK(best_of(run, all_of(entries), "ndcg@10")->label == "svd, factors 10, lr 0.1");
    CHECK(labels(best_few(run, all_of(entries), "rmse", 3)) ==
          Names{"svd, factors 10, lr 0.01", "bias", "svd, factors 10, lr 0.1"});
    CHECK(best_few(run, all_of(entries), "rmse", 4) == all_of(entries));
    CHECK(best_of(run, {&entries[2]}, "rmse") == nullptr);
  }
}

TEST_CASE("Short names of swept keys") {
  RunFiles run;
  SECTION("the last part; a model's own key is told from those of its model alone") {
    run.swept = {"models.svd.factors", "models.wide.factors", "optimizer.lr"};
    CHECK(short_name(run, "models.svd.factors") == "factors");
    CHECK(short_name(run, "models.wide.factors") == "factors");
    CHECK(short_name(run, "optimizer.lr") == "lr");
  }
  SECTION("more of the path where the last part is ambiguous") {
    run.swept = {"optimizer.lr", "models.svd.optimizer.lr", "seed"};
    CHECK(short_name(run, "models.svd.optimizer.lr") == "svd.optimizer.lr");
    CHECK(short_name(run, "optimizer.lr") == "optimizer.lr");
    CHECK(short_name(run, "seed") == "seed");
  }
  SECTION("labels name the dataset") {
    run.settings = {"dataset", "model", "models.svd.factors"};
    run.swept = {"models.svd.factors"};
    CHECK(label_of(run, {"small", "svd", "10"}) == "small: svd, factors 10");
    CHECK(label_of(run, {"small", "bias", ""}) == "small: bias");
  }
}

TEST_CASE("Metrics worth a picture") {
  const TempFolder folder;
  const std::string head =
      "model,fold,repeat,seed,rmse,train_rmse,validation_rmse,unseen_users,status\n";
  SECTION("of test, where all rows have it") {
    const RunFiles run = cofi::test::read(folder, head + "a,0,0,0,1,1,1,0,done\n");
    CHECK(shown_metrics(run, entries_of(run)) == Names{"rmse"});
  }
  SECTION("of validation, where test is measured for the chosen row alone") {
    const RunFiles run =
        cofi::test::read(folder, head + "a,0,0,0,1,1,1,0,done\nb,0,0,0,,1,2,0,done\n");
    CHECK(shown_metrics(run, entries_of(run)) == Names{"validation_rmse"});
  }
}
