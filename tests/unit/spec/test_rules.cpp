#include <catch2/catch.hpp>

#include <string>

#include "spec/rules.hpp"
#include "unit/spec/spec_files.hpp"

namespace {

// The mistakes of a spec with these lines; `%` in a line is not special.
std::string mistakes(const std::string& split, const std::string& models, const std::string& more,
                     const std::string& metrics = "[rmse, {use: ndcg, at: 5}]") {
  return cofi::test::SpecFiles().mistakes("name: rules\ndataset: synthetic\nsplit: " + split +
                                          "\nmodels: " + models + "\nmetrics: " + metrics + "\n" +
                                          more + "\n");
}

constexpr const char* kSvd = "{svd: {use: svd, optimizer: adam}}";
constexpr const char* kValidated = "{use: ratio, validation: {use: ratio, test: 0.1}}";

}  // namespace

TEST_CASE("Early stopping needs a validation split and one of the metrics") {
  const std::string stop = "train: {early_stopping: {metric: rmse}}";
  CHECK(mistakes(kValidated, kSvd, stop).empty());
  CHECK(mistakes(kValidated, kSvd, "train: {early_stopping: {metric: 'ndcg@5'}}").empty());
  CHECK(mistakes("ratio", kSvd, stop) ==
        "spec.yaml:6:25: train.early_stopping: early stopping needs a validation split; add "
        "'validation' with a splitter to 'split'");
  CHECK(mistakes("{use: ratio, validation: null}", kSvd, stop) ==
        "spec.yaml:6:25: train.early_stopping: early stopping needs a validation split; add "
        "'validation' with a splitter to 'split'");
  CHECK(mistakes(kValidated, kSvd, "train: {early_stopping: {metric: rmsee}}") ==
        "spec.yaml:6:34: train.early_stopping.metric: the string 'rmsee' is not among the spec's "
        "metrics, did you mean 'rmse'? allowed: rmse, ndcg@5");
  CHECK(mistakes(kValidated, kSvd, "train: {early_stopping: {patience: 3}}") ==
        "spec.yaml:6:25: train.early_stopping.metric: missing; early_stopping needs it: The "
        "metric to watch: one of the spec's metrics. Allowed: text");
  CHECK(mistakes(kValidated, kSvd, stop + "\nevaluate: {epochs: [1, 2]}") ==
        "spec.yaml:7:20: evaluate.epochs: has no meaning together with early stopping "
        "(train.early_stopping), which must not see test data; remove one of them");
  // In one model only.
  CHECK(mistakes("ratio",
                 "{a: {use: svd, optimizer: adam}, b: {use: svd, optimizer: adam, train: "
                 "{early_stopping: {metric: rmse}}}}",
                 "") ==
        "spec.yaml:4:97: models.b.train.early_stopping: early stopping needs a validation split; "
        "add 'validation' with a splitter to 'split'");
}

TEST_CASE("What is evaluated must be there") {
  CHECK(mistakes(kValidated, kSvd, "evaluate: {on: [test, validation, train]}").empty());
  CHECK(mistakes("ratio", kSvd, "evaluate: {on: [validation]}") ==
        "spec.yaml:6:17: evaluate.on: there is no validation split; add 'validation' with a "
        "splitter to 'split'");
  CHECK(mistakes("ratio", kSvd, "evaluate: {strata: [cold, user_activity]}").empty());
  CHECK(mistakes("ratio", kSvd, "evaluate: {strata: [cold, cold]}") ==
        "spec.yaml:6:27: evaluate.strata: 'cold' stands here twice");
  CHECK(mistakes("ratio", kSvd, "evaluate: {strata: [colt]}") ==
        "spec.yaml:6:21: evaluate.strata.0: the string 'colt' is not among the choices, did you "
        "mean 'cold'? allowed: user_activity, item_popularity, cold");
  CHECK(mistakes("ratio", kSvd, "evaluate: {on: [train], strata: [cold]}") ==
        "spec.yaml:6:33: evaluate.strata: they are of the test part, which is not evaluated; add "
        "test to evaluate.on");
  CHECK(mistakes("ratio", kSvd, "evaluate: {on: [test, test]}") ==
        "spec.yaml:6:23: evaluate.on: 'test' stands here twice");
  CHECK(mistakes("ratio", kSvd, "evaluate: {on: test}") ==
        "spec.yaml:6:16: evaluate.on: the string 'test' is not a list, write [test]; allowed: a "
        "list, each one of test, train, validation");
  CHECK(mistakes("ratio", kSvd, "evaluate: {epochs: [5, 21]}") ==
        "spec.yaml:6:24: evaluate.epochs: no model trains for 21 epochs; the longest train.epochs "
        "is 20");
  CHECK(mistakes("ratio", "{b: bias}", "evaluate: {epochs: [5]}") ==
        "spec.yaml:6:20: evaluate.epochs: has no use here: none of the models trains in epochs");
}

TEST_CASE("Keys about ranked items need a metric that ranks") {
  const std::string keys = "evaluate: {candidates: all, exclude_train: false, relevance: 4}";
  CHECK(mistakes("ratio", kSvd, keys).empty());
  CHECK(mistakes("ratio", kSvd, keys, "[rmse]") ==
        "spec.yaml:6:12: evaluate.candidates: has no use here: none of the metrics ranks items\n"
        "spec.yaml:6:29: evaluate.exclude_train: has no use here: none of the metrics ranks items\n"
        "spec.yaml:6:51: evaluate.relevance: has no use here: none of the metrics ranks items");
  CHECK(mistakes("ratio", kSvd, "evaluate: {export: csv}").empty());
  CHECK(mistakes("ratio", kSvd, "evaluate: {export: csv}", "[rmse]") ==
        "spec.yaml:6:12: evaluate.export: has no use here: none of the metrics ranks items");
  CHECK(mistakes("ratio", kSvd, "evaluate: {export: null}", "[rmse]").empty());
  CHECK(mistakes("ratio", kSvd, "evaluate: {on: [train], export: trec}") ==
        "spec.yaml:6:33: evaluate.export: the lists are of the test part, which evaluate.on leaves "
        "out; add test to it");
  CHECK_THAT(mistakes("ratio", kSvd, "evaluate: {export: json}"),
             Catch::Contains("spec.yaml:6:20: evaluate.export: the string 'json'") &&
                 Catch::Contains("allowed: csv, trec"));
}

TEST_CASE("A shared optimizer or train that no model uses is a mistake") {
  const std::string shared = "optimizer: adam\ntrain: {epochs: 3}";
  const std::string no_optimizer =
      "spec.yaml:6:1: optimizer: no model uses it: each has its own or needs none; remove it";
  const std::string no_train =
      "spec.yaml:7:1: train: no model uses it: none trains in epochs; remove it";
  CHECK(mistakes("ratio", "{a: svd, b: bias}", shared).empty());
  CHECK(mistakes("ratio", "{b: bias}", shared) == no_optimizer + "\n" + no_train);
  CHECK(mistakes("ratio", "{n: nmf}", shared) == no_optimizer);
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: {use: sgd}}}", shared) == no_optimizer);
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: {lr: 1}}}", shared).empty());
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: {use: adam, lr: 1}}}", shared).empty());
  // Nested models count.
  CHECK(mistakes("ratio", "{b: {use: blend, parts: [bias, svd]}}", shared).empty());
  CHECK(mistakes("ratio", "{b: {use: blend, parts: [bias]}}", shared) ==
        no_optimizer + "\n" + no_train);
  // Of what cannot be told, nothing is said.
  CHECK_THAT(mistakes("ratio", "{b: broken}", shared), !Catch::Contains("no model uses it"));
}

TEST_CASE("A model's own optimizer and train must be of use to it") {
  CHECK(mistakes("ratio", "{b: {use: bias, optimizer: adam, train: {epochs: 3}}}", "") ==
        "spec.yaml:4:25: models.b.optimizer: has no use here: model/bias uses no optimizer\n"
        "spec.yaml:4:42: models.b.train: has no use here: model/bias does not train in epochs");
  CHECK(mistakes("ratio", "{a: svd}", "") ==
        "spec.yaml:4:13: models.a: missing an optimizer, which model/svd needs; add 'optimizer' to "
        "the spec or to the model");
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: null}, b: svd}", "optimizer: adam") ==
        "spec.yaml:4:13: models.a: missing an optimizer, which model/svd needs; add 'optimizer' to "
        "the spec or to the model");
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: {lr: 1}}}", "") ==
        "spec.yaml:4:35: models.a.optimizer: missing 'use', which names the optimizer; there are: "
        "adam, sgd");
  CHECK(mistakes("ratio", "{a: {use: svd, optimizer: adam, train: {epoch: 3}}}", "") ==
        "spec.yaml:4:49: models.a.train.epoch: unknown key of train, did you mean 'epochs'? "
        "allowed: epochs, batch, shuffle, loss, schedule, clip, validate, early_stopping, "
        "checkpoint, partition, sum, batch_scope, warm_start, from");
}

TEST_CASE("Parameters of another loss or schedule name whose they are") {
  CHECK(mistakes("ratio", kSvd, "train: {loss: {use: mse, delta: 2}}") ==
        "spec.yaml:6:26: train.loss.delta: unknown key of loss/mse; loss/huber has it. Allowed: "
        "use, from");
  CHECK(mistakes("ratio", kSvd,
                 "train: {loss: {use: huber, delta: 2}, schedule: {use: step, every: "
                 "3}}")
            .empty());
}

TEST_CASE("A spec needs one dataset or several, a split and models") {
  const cofi::test::SpecFiles files;
  CHECK(
      files.mistakes("name: x\nmetrics: [rmse]\n") ==
      "spec.yaml:1:1: dataset: missing; a spec needs a dataset (or datasets, a map of several). "
      "Allowed: the name of a dataset, or {use: its name, its parameters}\n"
      "spec.yaml:1:1: models: missing; the spec needs it: The models, by name: a table row each. "
      "Allowed: a map of names, each the name of a model, or {use: its name, its parameters}\n"
      "spec.yaml:1:1: split: missing; the spec needs it: How to divide the data. Allowed: the name "
      "of a splitter, or {use: its name, its parameters}");
  const std::string rest = "name: x\nsplit: ratio\nmodels: {b: bias}\nmetrics: [rmse]\n";
  CHECK(files.mistakes(rest + "dataset: synthetic\ndatasets: {a: synthetic}\n") ==
        "spec.yaml:6:1: datasets: the spec has a 'dataset' too; allowed: one of both");
  CHECK(files.mistakes(rest + "datasets: {use: movielens, path: x}\n") ==
        "spec.yaml:5:1: datasets: a single dataset, did you mean 'dataset'? Allowed: a map of "
        "names, each the name of a dataset, or {use: its name, its parameters}");
  CHECK(files.mistakes(rest + "dataset: {a: {use: movielens, path: x}, b: synthetic}\n") ==
        "spec.yaml:5:1: dataset: a map of several datasets, did you mean 'datasets'? Allowed: the "
        "name of a dataset, or {use: its name, its parameters}");
  CHECK(files.mistakes(rest + "datasets: {}\n") ==
        "spec.yaml:5:11: datasets: an empty map; it needs a name at least");
  CHECK(files.mistakes(rest + "datasets: {A b: synthetic}\n") ==
        "spec.yaml:5:12: datasets: 'A b' cannot be a name; allowed: letters a to z, digits, _ and "
        "-");
  CHECK(files.mistakes(
            "name: x\nsplit: ratio\nmodels: [bias]\nmetrics: [rmse]\ndataset: synthetic") ==
        "spec.yaml:3:9: models: a list is not a map; allowed: a map of names, each the name of a "
        "model, or {use: its name, its parameters}");
  CHECK_THAT(files.mistakes("[1]\n"),
             Catch::StartsWith("spec.yaml: a spec is a map of name, seed"));
  CHECK_THAT(files.mistakes(""), Catch::EndsWith("this is empty"));
  CHECK(files.mistakes(rest + "dataset: {use: synthetic, form: x}\n") ==
        "spec.yaml:5:27: dataset.form: unknown key of dataset/synthetic, did you mean 'from'? "
        "allowed: use, from");
}
