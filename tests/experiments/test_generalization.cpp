// Strong generalization: users whom training never saw, known by a part of their ratings.
#include <catch2/catch.hpp>

#include "experiment.hpp"

using cofi::test::Experiment;
using cofi::test::field;

namespace {

std::string spec(const std::string& split) {
  return "name: strong\n"
         "dataset: {use: synthetic, users: 600, items: 200, ratings: 24000}\n"
         "split: " +
         split +
         "\n"
         "models:\n"
         "  bias: {use: bias}\n"
         "  svd: {use: svd, factors: 8}\n"
         "optimizer: {use: adam, lr: 0.01}\n"
         "train: {epochs: 20, batch: 256}\n"
         "metrics: [rmse]\n";
}

double rmse(const Experiment& it, const std::string& model) {
  return std::stod(field(it.file("results.csv"), model, "rmse"));
}

}  // namespace

TEST_CASE("Held-out users are predicted better folded in than as the average user") {
  const Experiment folded(spec("{use: user_holdout, users: 0.3, fold_in: 0.8}"));
  const auto run = folded.run();
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Catch::Contains("180 users and 0 items unseen in training"));

  // The same rows train and test; what is given of the held-out users is left out.
  const std::string split = folded.folder / "split";
  REQUIRE(
      cofi::test::shell("cofi export split '" + (folded.folder / "run") + "' --out '" + split + "'")
          .code == 0);
  const Experiment average(spec("{use: predefined, path: '" + split +
                                "', train: [train.csv], test: [test.csv], separator: ',', "
                                "header: true, unlisted: drop}"));
  const auto other = average.run();
  INFO(other.err);
  REQUIRE(other.code == 0);

  for (const char* model : {"bias", "svd"}) {
    INFO(model);
    const std::string trained = field(folded.file("folds.csv"), model, "model_file");
    CHECK(folded.file(trained) ==
          average.file(field(average.file("folds.csv"), model, "model_file")));
    CHECK(rmse(folded, model) < 0.95 * rmse(average, model));
  }
  // What the factors of these users add shows only where they are folded in.
  CHECK(rmse(folded, "svd") < 0.97 * rmse(folded, "bias"));
}
