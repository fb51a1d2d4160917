#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment.hpp"

using cofi::test::Experiment;

TEST_CASE("A run says and records what its filters removed") {
  const std::string models = "models: {bias: bias}\nmetrics: [rmse]\n";
  const Experiment experiment(
      "name: filtered\ndataset: {use: delimited, path: r.csv}\n"
      "split: {use: ratio, test: 0.25}\n"
      "filters: [{use: values, min: 2}, {use: k_core, users: 2}]\n" +
      models);
  // b is left with one value of at least 2.
  experiment.folder.write("r.csv",
                          "u,i,r\na,x,1\na,y,2\na,z,3\nb,x,1\nb,y,4\nc,x,5\nc,z,2\nc,y,3\n");
  const auto outcome = experiment.run();
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.err, Catch::Contains("filters.0 values(min=2.0): removed 2 of 8 interactions, "
                                          "0 of 3 users, 0 of 3 items"));
  CHECK_THAT(outcome.err, Catch::Contains("filters.1 k_core(users=2, items=1): removed 1 of 6 "
                                          "interactions, 1 of 3 users, 0 of 3 items"));
  CHECK_THAT(outcome.err, Catch::Contains("5 interactions of 2 users with 3 items"));
  const auto manifest = nlohmann::json::parse(experiment.file("manifest.json"));
  const auto& data = manifest["data"][0];
  CHECK(data["interactions"] == 5);
  CHECK(data["filters"][1]["step"]["use"] == "k_core");
  CHECK(data["filters"][1]["removed"] ==
        nlohmann::json{{"interactions", 1}, {"users", 1}, {"items", 0}});
  CHECK_THAT(experiment.file("spec.yaml"), Catch::Contains("use: k_core, users: 2, items: 1"));

  experiment.folder.write("spec.yaml",
                          "name: filtered\ndataset: {use: delimited, path: r.csv}\n"
                          "split: {use: ratio, test: 0.25}\n"
                          "filters: [{use: k_core, items: 9}]\n" +
                              models);
  const auto nothing = experiment.run();
  CHECK(nothing.code == 2);
  CHECK_THAT(nothing.err, Catch::Contains("dataset: filters.0 k_core(users=1, items=9): leaves "
                                          "nothing of the 8 interactions"));
}
