#include <catch2/catch.hpp>

#include <string>

#include "cofi/error.hpp"

#include "spec/checker.hpp"
#include "unit/spec/spec_files.hpp"

namespace {

const cofi::test::FakeCatalogue kCatalogue;

// The parameters of a plugin, complete; or what is wrong with them.
std::string checked(const std::string& kind, const std::string& name, const std::string& yaml) {
  try {
    return cofi::spec::check_parameters(*kCatalogue.find(kind, name), yaml, "here", kCatalogue)
        .dump();
  } catch (const cofi::Error& error) {
    return error.what();
  }
}
std::string svd(const std::string& yaml) { return checked("model", "svd", yaml); }

// The mistakes of the small spec with some of its lines replaced.
std::string mistakes(const std::string& from, const std::string& to,
                     const std::vector<std::string>& overrides = {}) {
  std::string text = cofi::test::kSmallSpec;
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no '" + from + "' in the small spec");
  text.replace(at, from.size(), to);
  return cofi::test::SpecFiles().mistakes(text, overrides);
}

}  // namespace

TEST_CASE("Parameters become complete, typed values") {
  CHECK(svd("") ==
        R"({"use":"svd","factors":100,"init_high":0.005,"mean":null,"init":"cofi","clip":false,)"
        R"("layers":[8,4],"weights":[]})");
  CHECK(svd("{factors: 010, init_high: 1, mean: 3, init: torch, clip: true, layers: [], weights: "
            "[1, 0.5]}") ==
        R"({"use":"svd","factors":10,"init_high":1.0,"mean":3.0,"init":"torch","clip":true,)"
        R"("layers":[],"weights":[1.0,0.5]})");
  CHECK(svd("{use: svd, mean: null}") == svd(""));
  CHECK(svd("use: bias") == "here:1:6: use: bias, and these are parameters of model/svd");
  CHECK(checked("dataset", "delimited", "{path: 2017, user: 3}") ==
        R"({"use":"delimited","path":"2017","separator":",","user":"3","time":"","header":true})");

  SECTION("nested plugins, in lists and maps too") {
    CHECK(checked("model", "knn", "{similarity: pearson}") ==
          R"({"use":"knn","neighbours":40,"similarity":{"use":"pearson","shrinkage":100.0}})");
    CHECK(checked("model", "knn", "") == R"({"use":"knn","neighbours":40,"similarity":)"
                                         R"({"use":"cosine","shrinkage":2.0,"centered":false}})");
    CHECK(checked("model", "blend", "{parts: [bias, {use: bias, damping: 1}], named: {a: bias}}") ==
          R"({"use":"blend","parts":[{"use":"bias","damping":10.0},{"use":"bias","damping":1.0}],)"
          R"("named":{"a":{"use":"bias","damping":10.0}},"fallback":null})");
  }
  SECTION("a nested model may have an optimizer and train options of its own, whole") {
    const std::string two = checked("model", "blend",
                                    "{parts: [{use: svd, factors: 2, optimizer: {use: sgd, lr: 1}, "
                                    "train: {epochs: 3}}]}");
    CHECK_THAT(two, Catch::Contains(R"("optimizer":{"use":"sgd","lr":1.0,"momentum":0.0})") &&
                        Catch::Contains(R"("train":{"epochs":3,)"));
    CHECK(checked("model", "blend", "{parts: [{use: bias, optimizer: sgd}]}") ==
          "here:1:33: parts.0.optimizer: has no use here: model/bias uses no optimizer");
    CHECK(checked("model", "blend", "{parts: [{use: bias, train: {epochs: 3}}]}") ==
          "here:1:29: parts.0.train: has no use here: model/bias does not train in epochs");
    CHECK_THAT(checked("model", "blend", "{parts: [{use: svd, optimizer: {use: sgd, lrr: 1}}]}"),
               Catch::Contains("parts.0.optimizer.lrr: ") && Catch::Contains("did you mean 'lr'"));
  }
}

TEST_CASE("Values of another type or range say what is allowed") {
  CHECK(svd("{factors: ten}") ==
        "here:1:11: factors: the string 'ten' is not an integer; allowed: an integer from 1 to "
        "4096");
  CHECK(svd("{factors: '10'}") ==
        "here:1:11: factors: the string '10' is not an integer; allowed: an integer from 1 to "
        "4096");
  CHECK(svd("{factors: 1.5}") ==
        "here:1:11: factors: the number 1.5 is not an integer; allowed: an integer from 1 to 4096");
  CHECK(svd("{factors: 0}") ==
        "here:1:11: factors: the number 0 is out of range; allowed: an integer from 1 to 4096");
  CHECK(svd("{factors: 99999999999999999999}") ==
        "here:1:11: factors: the number 99999999999999999999 is not an integer; allowed: an "
        "integer from 1 to 4096");
  CHECK(svd("{factors: [1]}") ==
        "here:1:11: factors: a list is not an integer; allowed: an integer from 1 to 4096");
  CHECK(svd("{factors: null}") ==
        "here:1:11: factors: null has no meaning here, leave the key out for its default; "
        "allowed: an integer from 1 to 4096");
  CHECK(svd("{init_high: 1.5}") ==
        "here:1:13: init_high: the number 1.5 is out of range; allowed: a number from 0 to 1");
  CHECK(svd("{init_high: .nan}") ==
        "here:1:13: init_high: the number .nan is not finite; allowed: a number from 0 to 1");
  CHECK(svd("{init_high: -.inf}") ==
        "here:1:13: init_high: the number -.inf is not finite; allowed: a number from 0 to 1");
  CHECK(svd("{mean: 1e999}") ==
        "here:1:8: mean: the number 1e999 is not finite; allowed: a number from -1000000000 to "
        "1000000000; or null");
  CHECK(svd("{clip: yes}") ==
        "here:1:8: clip: the string 'yes' is not a truth value; allowed: true or false");
  CHECK(svd("{clip: 1}") ==
        "here:1:8: clip: the number 1 is not a truth value; allowed: true or false");
  CHECK(svd("{init: trch}") ==
        "here:1:8: init: the string 'trch' is not among the choices, did you mean 'torch'? "
        "allowed: cofi, torch");
  CHECK(svd("{init: xyz}") ==
        "here:1:8: init: the string 'xyz' is not among the choices; allowed: cofi, torch");
  CHECK(svd("{init: true}") ==
        "here:1:8: init: the truth value true is not text, put it in quotes; allowed: one of "
        "cofi, torch");
  CHECK(svd("{layers: 3}") ==
        "here:1:10: layers: the number 3 is not a list, write [3]; allowed: a list, each an "
        "integer from 1 to 1000");
  CHECK(svd("{layers: {a: 3}}") ==
        "here:1:10: layers: a map is not a list; allowed: a list, each an integer from 1 to 1000");
  CHECK(svd("{layers: [1, 2000, null]}") ==
        "here:1:14: layers.1: the number 2000 is out of range; allowed: an integer from 1 to 1000\n"
        "here:1:20: layers.2: null has no meaning here, leave the key out for its default; "
        "allowed: an integer from 1 to 1000");
  CHECK(checked("dataset", "delimited", "{path: 010}") ==
        "here:1:8: path: the number 010 is not text, put it in quotes; allowed: text");
  CHECK(svd("[1]") == "here:1:1: a list is not a map of parameters");
  CHECK(svd("{init: " + std::string(100, 'x') + "}") ==
        "here:1:8: init: the string '" + std::string(57, 'x') +
            "...' is not among the choices; allowed: cofi, torch");
}

TEST_CASE("Unknown and missing keys name what there is") {
  CHECK(svd("{factrs: 3}") ==
        "here:1:2: factrs: unknown key of model/svd, did you mean 'factors'? allowed: use, from, "
        "factors, init_high, mean, init, clip, layers, weights");
  CHECK(checked("model", "bias", "{zzz: 3}") ==
        "here:1:2: zzz: unknown key of model/bias; allowed: use, from, damping");
  CHECK(checked("dataset", "movielens", "{duplicates: first}") ==
        "here:1:1: path: missing; dataset/movielens needs it: What it is. Allowed: text");
  CHECK(checked("model", "blend", "{parts: [{damping: 1}]}") ==
        "here:1:10: parts.0: missing 'use', which names the model; there are: bias, blend, knn, "
        "mistaken, nmf, svd");
  CHECK(checked("model", "blend", "{parts: [{usee: bias, form: x}]}") ==
        "here:1:11: parts.0.usee: unknown key, did you mean 'use'? allowed: use, from, optimizer, "
        "train, and a "
        "model's parameters\n"
        "here:1:23: parts.0.form: unknown key, did you mean 'from'? allowed: use, from, optimizer, "
        "train, and a "
        "model's parameters");
  CHECK(checked("model", "blend", "{parts: [], named: {Big: bias}}") ==
        "here:1:21: named: 'Big' cannot be a name; allowed: letters a to z, digits, _ and -");
  CHECK(checked("model", "blend", "{parts: [], named: [bias]}") ==
        "here:1:20: named: a list is not a map; allowed: a map of names, each the name of a "
        "model, or {use: its name, its parameters}");
}

TEST_CASE(
    "Plugins that cannot be had name the nearest, what there is and where it was looked for") {
  CHECK(checked("model", "knn", "{similarity: cosin}") ==
        "here:1:14: similarity.use: no plugin 'similarity/cosin', did you mean "
        "'similarity/cosine'? there are: cosine, pearson; looked in: /plugins/a, /plugins/b");
  CHECK(checked("model", "knn", "{similarity: {use: dot, shrinkage: x}}") ==
        "here:1:20: similarity.use: no plugin 'similarity/dot'; there are: cosine, pearson; looked "
        "in: /plugins/a, /plugins/b");
  CHECK(checked("model", "knn", "{similarity: {use: [cosine]}}") ==
        "here:1:20: similarity.use: a list is not the name of a similarity");
  CHECK(checked("model", "knn", "{similarity: [cosine]}") ==
        "here:1:14: similarity: a list is not a similarity; allowed: the name of a similarity, or "
        "{use: its name, its parameters}");
  CHECK(checked("model", "blend", "{parts: [broken]}") ==
        "here:1:10: parts.0.use: model/broken was built against another cofi");
  CHECK(checked("model", "blend", "{parts: [mistaken]}") ==
        "model/mistaken, the default of size:1:1: parts.0.size: the number 0 is out of range; "
        "allowed: an integer from 1 to 10");
  std::string deep = "bias";
  for (int i = 0; i < 20; ++i) deep = "{use: blend, parts: [" + deep + "]}";
  CHECK_THAT(checked("model", "blend", deep), Catch::StartsWith("{"));
  CHECK(mistakes("train: {epochs: 5}", "train: {loss: hubr, schedule: stp}") ==
        "spec.yaml:8:15: train.loss.use: no loss 'hubr', did you mean 'huber'? there are: mse, "
        "mae, huber\n"
        "spec.yaml:8:31: train.schedule.use: no schedule 'stp', did you mean 'step'? there are: "
        "constant, step, exponential, cosine, reduce_on_plateau");
}

TEST_CASE("The language's own keys are checked alike") {
  CHECK(mistakes("name: small", "nam: small") ==
        "spec.yaml:1:1: nam: unknown key of a spec, did you mean 'name'? allowed: name, seed, "
        "repeat, device, threads, jobs, dataset, datasets, filters, split, models, optimizer, "
        "train, evaluate, metrics, sweep, select, launch, save, from\n"
        "spec.yaml:1:1: name: missing; the spec needs it: The experiment's name, and its run's "
        "folder. Allowed: text");
  CHECK(mistakes("small", "Small Spec") ==
        "spec.yaml:1:7: name: the string 'Small Spec' does not fit; allowed: letters a to z, "
        "digits, _ and -");
  CHECK_THAT(mistakes("small", std::string(300, 'a')),
             Catch::Contains("does not fit; allowed: letters a to z"));
  CHECK(mistakes("name: small", "name: small\ndevice: gpu\nseed: -1\nsave: some\nrepeat: 0") ==
        "spec.yaml:2:9: device: the string 'gpu' does not fit; allowed: cpu, cuda, cuda:N or auto\n"
        "spec.yaml:3:7: seed: the number -1 is out of range; allowed: an integer from 0 to "
        "9007199254740991\n"
        "spec.yaml:4:7: save: the string 'some' is not among the choices; allowed: all, selected, "
        "none\n"
        "spec.yaml:5:9: repeat: the number 0 is out of range; allowed: an integer from 1 to 1000");
  for (const char* device : {"cpu", "cuda", "cuda:1", "auto"}) {
    CHECK(mistakes("name: small", std::string("name: small\ndevice: ") + device).empty());
  }
  for (const char* processes : {"1", "64", "auto"}) {
    CHECK(
        mistakes("name: small", "name: small\nlaunch: {processes: " + std::string(processes) + "}")
            .empty());
  }
  CHECK(mistakes("name: small", "name: small\nlaunch: {processes: 0}") ==
        "spec.yaml:2:21: launch.processes: the number 0 does not fit; allowed: a number of ranks, "
        "or auto");
  CHECK(mistakes("train: {epochs: 5}", "train: 5") ==
        "spec.yaml:8:8: train: the number 5 is not a map; allowed: a map of epochs, batch, "
        "shuffle, loss, schedule, clip, validate, early_stopping, checkpoint, partition, sum, "
        "batch_scope, warm_start");
  CHECK(mistakes("train: {epochs: 5}", "launch: {proceses: 2}") ==
        "spec.yaml:8:10: launch.proceses: unknown key of launch, did you mean 'processes'? "
        "allowed: processes, backend, master, timeout, max_restarts, elastic, parallel, from");
  CHECK(mistakes("metrics: [rmse, mae]", "metrics: []") ==
        "spec.yaml:9:10: metrics: an empty list; name one at least");
  CHECK(mistakes("metrics: [rmse, mae]", "metrics: [rmse, mae, {use: rmse}]") ==
        "spec.yaml:9:22: metrics.2: the metric 'rmse' stands here twice");
  CHECK(mistakes("metrics: [rmse, mae]", "metrics: rmse") ==
        "spec.yaml:9:10: metrics: the string 'rmse' is not a list, write [rmse]; allowed: a list, "
        "each the name of a metric, or {use: its name, its parameters}");

  CHECK(mistakes("name: small", "name: small\njobs: two") ==
        "spec.yaml:2:7: jobs: the string 'two' is not an integer; allowed: an integer from 1 to "
        "4096");
  SECTION("defaults may be written out") {
    CHECK(mistakes("train: {epochs: 5}",
                   "train: {partition: none, sum: float}\nevaluate: {strata: [], export: null}\n"
                   "jobs: 1\nselect: null\nfilters: null\nsweep: null")
              .empty());
  }
}

TEST_CASE("All mistakes come at once, sorted by place, --set last") {
  const cofi::test::SpecFiles files;
  files.write("model.yaml", "use: svd\nfactors: 0\nclp: true\n");
  CHECK(files.mistakes("name: x\n"
                       "dataset: {use: movielens}\n"
                       "split: {use: ratio, test: 2}\n"
                       "models: {svd: {from: model.yaml}}\n"
                       "optimizer: {use: adam, lr: fast}\n"
                       "metrics: [rmse]\n"
                       "metrics: [mae]\n",
                       {"seed=x", "launch.backend=mpi"}) ==
        "spec.yaml:2:10: dataset.path: missing; dataset/movielens needs it: What it is. Allowed: "
        "text\n"
        "spec.yaml:3:27: split.test: the number 2 is out of range; allowed: a number from 0 to 1\n"
        "spec.yaml:5:28: optimizer.lr: the string 'fast' is not a number; allowed: a number from 0 "
        "to 1000\n"
        "spec.yaml:7:1: the key 'metrics' stands here again; it is first at spec.yaml:6:1\n"
        "model.yaml:2:10: models.svd.factors: the number 0 is out of range; allowed: an integer "
        "from 1 to 4096\n"
        "model.yaml:3:1: models.svd.clp: unknown key of model/svd, did you mean 'clip'? allowed: "
        "use, from, optimizer, train, factors, init_high, mean, init, clip, layers, weights\n"
        "--set launch.backend=mpi: launch.backend.use: no plugin 'backend/mpi'; there are: local; "
        "looked in: /plugins/a, /plugins/b\n"
        "--set seed=x: seed: the string 'x' is not an integer; allowed: an integer from 0 to "
        "9007199254740991");
}
