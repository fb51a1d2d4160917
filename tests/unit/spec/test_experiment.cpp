#include <catch2/catch.hpp>

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
  CHECK(experiment.launch["backend"].is_null());
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
        R"("checkpoint":0,"partition":"none","sum":"float","batch_scope":"global",)"
        R"("warm_start":null})");
  CHECK(
      svd.evaluate.dump() ==
      R"({"on":["test"],"epochs":[],"candidates":{"use":"all"},"exclude_train":true,"relevance":null,)"
      R"("cold_start":"average","strata":[],"export":null})");
  CHECK(svd.dataset_spec.dump() == R"({"use":"movielens","path":"ml","duplicates":"last"})");
  CHECK(svd.split.dump() == R"({"use":"ratio","test":0.2,"seed":null})");
  CHECK(svd.validation.is_null());
  CHECK(svd.metrics.dump() == R"([{"use":"rmse"},{"use":"mae"}])");
}
