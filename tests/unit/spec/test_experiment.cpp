#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include "spec/experiment.hpp"
#include "unit/spec/spec_files.hpp"

using cofi::spec::Experiment;
using cofi::spec::Json;
using cofi::test::kSmallSpec;

TEST_CASE("A spec becomes rows that are complete") {
  const cofi::test::SpecFiles files;
  const Experiment experiment = files.read(kSmallSpec);

  CHECK(experiment.name == "small");
  CHECK(experiment.device == "cpu");
  CHECK(experiment.save == "all");
  CHECK(experiment.repeat == 1);
  CHECK(experiment.folder == files.folder().path().string());
  CHECK(experiment.launch["backend"] == Json({{"use", "local"}}));
  CHECK(experiment.launch["master"].is_null());
  CHECK(experiment.swept.empty());
  REQUIRE(experiment.rows.size() == 2);

  const auto& base = experiment.rows[0];
  CHECK(base.model == "base");
  CHECK(base.dataset.empty());
  CHECK(base.model_spec == Json({{"use", "bias"}, {"damping", 10.0}}));
  CHECK(base.optimizer.is_null());
  CHECK(base.train.is_null());
  CHECK(base.place == (files.folder() / "spec.yaml") + ":5:3 (models.base)");

  const auto& svd = experiment.rows[1];
  CHECK(svd.model_spec.dump() ==
        R"({"use":"svd","factors":10,"init_high":0.005,"mean":null,"init":"cofi","clip":false,)"
        R"("layers":[8,4],"weights":[]})");
  CHECK(svd.optimizer.dump() == R"({"use":"adam","lr":0.01,"weight_decay":0.0,"lazy":false})");
  CHECK(svd.train.dump() ==
        R"({"epochs":5,"batch":1024,"shuffle":true,"loss":{"use":"mse"},)"
        R"("schedule":{"use":"constant"},"clip":0.0,"validate":1,"early_stopping":null,)"
        R"("checkpoint":0,"partition":"none","sum":"float","warm_start":null})");
  CHECK(svd.evaluate.dump() ==
        R"({"on":["test"],"epochs":[],"candidates":"all","exclude_train":true,"relevance":null,)"
        R"("cold_start":"average","strata":[],"export":null})");
  CHECK(svd.dataset_spec.dump() == R"({"use":"movielens","path":"ml","duplicates":"last"})");
  CHECK(svd.split.dump() == R"({"use":"ratio","test":0.2,"seed":null})");
  CHECK(svd.validation.is_null());
  CHECK(svd.metrics.dump() == R"([{"use":"rmse"},{"use":"mae"}])");
}

TEST_CASE("The resolved spec gives the same rows") {
  const cofi::test::SpecFiles files;
  setenv("COFI_TEST_NUMBER", "7", 1);
  const std::string head = "name: x\ndataset: synthetic\nsplit: ratio\nmetrics: [rmse]\n";
  const std::string texts[] = {
      kSmallSpec,
      // Odd texts and numbers, used elsewhere as other types.
      "name: n-${train.batch}-${optimizer.lr}-${dataset.user}\n"
      "dataset: {use: delimited, path: \"a:\\t'b' $${c}\", user: 3, time: '010'}\n"
      "split: {use: ratio, validation: ratio}\n"
      "metrics: [rmse]\n"
      "train: {batch: 0100, early_stopping: {metric: '${metrics.0}'}}\n"
      "optimizer: {use: adam, lr: 3}\n"
      "models:\n"
      "  a: {use: svd, factors: '${optimizer.lr}', layers: ['${env:COFI_TEST_NUMBER}']}\n"
      "  b: {use: svd, factors: '${env:COFI_TEST_NUMBER}', init_high: 1.0e-2}\n",
      // What is swept hides, replaces and adds.
      head +
          "optimizer: adam\n"
          "models:\n"
          "  k: {use: knn, neighbours: 3}\n"
          "  l: {use: knn, similarity: {use: cosine, shrinkage: 3}}\n"
          "  a: {use: svd, optimizer: {lr: 0.5}, factors: '${models.k.neighbours}'}\n"
          "  b: {use: blend, parts: [bias, svd], named: {x: knn}}\n"
          "sweep:\n"
          "  - grid: {models.k.similarity.use: [cosine, pearson]}\n"
          "  - grid: {models.l.similarity.use: [cosine]}\n"
          "  - grid: {models.k.neighbours: [1, 2]}\n"
          "  - grid: {optimizer: [sgd, {use: adam, lazy: true}]}\n"
          "  - grid: {models.b.named.x.similarity: [pearson, {use: cosine}]}\n"};
  const std::size_t rows[] = {2, 2, 4 + 1 + 4 + 4};
  for (std::size_t n = 0; n < 3; ++n) {
    const Experiment first = files.read(texts[n]);
    const std::string yaml = cofi::spec::to_yaml(first.resolved);
    INFO(yaml);
    const Experiment again = files.read(yaml);
    CHECK(cofi::spec::to_yaml(again.resolved) == yaml);
    CHECK(again.name == first.name);
    CHECK(first.rows.size() == rows[n]);
    REQUIRE(again.rows.size() == first.rows.size());
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
      CHECK(again.rows[i].swept == first.rows[i].swept);
      CHECK(again.rows[i].dataset_spec.dump() == first.rows[i].dataset_spec.dump());
      CHECK(again.rows[i].model_spec.dump() == first.rows[i].model_spec.dump());
      CHECK(again.rows[i].optimizer.dump() == first.rows[i].optimizer.dump());
      CHECK(again.rows[i].train.dump() == first.rows[i].train.dump());
    }
  }
  CHECK(files.read(texts[1]).name == "n-100-3-3");
}

TEST_CASE("An interpolation that leads nowhere is one mistake, not two") {
  CHECK(cofi::test::SpecFiles().mistakes("name: x\ndataset: synthetic\nsplit: ratio\n"
                                         "metrics: [rmse]\nmodels:\n"
                                         "  a: {use: bias, damping: '${nam}'}\n") ==
        "spec.yaml:6:27: models.a.damping: ${nam} names nothing in this spec, did you mean 'name'? "
        "there is: name, dataset, split, metrics, models");
}
