#include <catch2/catch.hpp>

#include "plugin/train_options.hpp"

using cofi::PointwiseLoss;
using cofi::Schedule;
using Json = nlohmann::ordered_json;

TEST_CASE("The train block becomes options") {
  Json train = Json::parse(R"({
    "epochs": 30, "batch": 512, "shuffle": false, "loss": {"use": "huber", "delta": 0.5},
    "schedule": {"use": "step", "factor": 0.2, "every": 4}, "clip": 2.5, "validate": 3,
    "early_stopping": null, "checkpoint": 7, "partition": "none", "sum": "float",
    "batch_scope": "rank", "warm_start": null})");
  SECTION("every key arrives") {
    const auto options = cofi::plugin::train_options(train);
    CHECK(options.epochs == 30);
    CHECK(options.batch == 512);
    CHECK_FALSE(options.shuffle);
    CHECK(options.loss.kind == PointwiseLoss::Kind::kHuber);
    CHECK(options.loss.delta == 0.5);
    CHECK(options.schedule.kind == Schedule::Kind::kStep);
    CHECK(options.schedule.factor == 0.2);
    CHECK(options.schedule.every == 4);
    CHECK(options.clip == 2.5);
    CHECK(options.validate_every == 3);
    CHECK(options.checkpoint_every == 7);
    CHECK_FALSE(options.early_stopping.on);
    CHECK(options.batch_of_rank);
    CHECK_FALSE(options.partition_users);
    CHECK_FALSE(options.exact_sum);
  }
  SECTION("early stopping") {
    train["early_stopping"] = Json::parse(
        R"({"metric": "mae", "patience": 2, "min_delta": 0.01, "restore_best": false})");
    const auto stopping = cofi::plugin::train_options(train).early_stopping;
    CHECK(stopping.on);
    CHECK(stopping.metric == "mae");
    CHECK(stopping.patience == 2);
    CHECK(stopping.min_delta == 0.01);
    CHECK_FALSE(stopping.restore_best);
  }
  SECTION("every loss and schedule of the grammar is known") {
    for (const char* loss : {"mse", "mae", "huber"}) {
      train["loss"] = {{"use", loss}};
      CHECK_NOTHROW(cofi::plugin::train_options(train));
    }
    for (const char* schedule :
         {"constant", "step", "exponential", "cosine", "reduce_on_plateau"}) {
      train["schedule"] = {{"use", schedule}};
      CHECK_NOTHROW(cofi::plugin::train_options(train));
    }
  }
  SECTION("a model that does not train in epochs has none") {
    CHECK_NOTHROW(cofi::plugin::train_options(nullptr));
  }
}
