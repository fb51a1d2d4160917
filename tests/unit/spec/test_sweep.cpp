#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "spec/sweep.hpp"
#include "unit/spec/spec_files.hpp"

namespace {

using Rows = std::vector<std::string>;
using cofi::test::SpecFiles;

// Two models with the shared optimizer, one with its own, one that needs none.
std::string spec(const std::string& sweep, const std::string& more = "") {
  return "name: swept\n"
         "dataset: {use: movielens, path: ml}\n"
         "split: {use: ratio, test: 0.2}\n"
         "models:\n"
         "  base: bias\n"
         "  svd: {use: svd, factors: 10}\n"
         "  own: {use: svd, optimizer: {use: sgd}}\n"
         "  part: {use: svd, optimizer: {lr: 0.5}, train: {epochs: 9}}\n"
         "optimizer: {use: adam, lr: 0.01}\n"
         "train: {epochs: 5}\n"
         "metrics: [rmse]\n" +
         more + "sweep:\n" + sweep;
}

Rows rows_of(const std::string& text) {
  const SpecFiles files;
  Rows rows;
  for (const auto& row : files.read(text).rows) {
    std::string shown = (row.dataset.empty() ? "" : row.dataset + " ") + row.model;
    for (const auto& [path, value] : row.swept) shown += " " + path + "=" + value;
    rows.push_back(shown);
  }
  return rows;
}

std::string mistake(const std::string& sweep) { return SpecFiles().mistakes(spec(sweep)); }

}  // namespace

TEST_CASE("A swept key multiplies the models that it reaches") {
  CHECK(rows_of(spec("  - grid: {models.svd.factors: [1, 2]}\n")) ==
        Rows{"base", "svd models.svd.factors=1", "svd models.svd.factors=2", "own", "part"});
  CHECK(rows_of(spec("  - grid: {optimizer.weight_decay: [0, 0.1]}\n")) ==
        Rows{"base", "svd optimizer.weight_decay=0", "svd optimizer.weight_decay=0.1", "own",
             "part optimizer.weight_decay=0", "part optimizer.weight_decay=0.1"});
  // A model's own value hides the shared one.
  CHECK(rows_of(spec("  - grid: {optimizer.lr: [0.1, 0.2]}\n")) ==
        Rows{"base", "svd optimizer.lr=0.1", "svd optimizer.lr=0.2", "own", "part"});
  CHECK(rows_of(spec("  - grid: {train.epochs: [1, 2]}\n")) ==
        Rows{"base", "svd train.epochs=1", "svd train.epochs=2", "own train.epochs=1",
             "own train.epochs=2", "part"});
  CHECK(rows_of(spec("  - grid: {split.test: [0.1, 0.3]}\n")).size() == 8);
  CHECK(rows_of(spec("  - grid: {seed: [1, 2, 3]}\n")).size() == 12);
}

TEST_CASE("Blocks multiply, the first slowest; the lists of a zip go together") {
  CHECK(rows_of(spec("  - grid: {models.svd.factors: [1, 2]}\n"
                     "  - grid: {models.svd.clip: [true, false], models.own.factors: [3]}\n")) ==
        Rows{"base", "svd models.svd.factors=1 models.svd.clip=true",
             "svd models.svd.factors=1 models.svd.clip=false",
             "svd models.svd.factors=2 models.svd.clip=true",
             "svd models.svd.factors=2 models.svd.clip=false", "own models.own.factors=3", "part"});
  // Where only one list of a zip reaches a model, its values count once each.
  CHECK(rows_of(spec("  - zip:\n"
                     "      models.svd.factors: [1, 2, 3]\n"
                     "      optimizer.weight_decay: [0.1, 0.1, 0.2]\n")) ==
        Rows{"base", "svd models.svd.factors=1 optimizer.weight_decay=0.1",
             "svd models.svd.factors=2 optimizer.weight_decay=0.1",
             "svd models.svd.factors=3 optimizer.weight_decay=0.2", "own",
             "part optimizer.weight_decay=0.1", "part optimizer.weight_decay=0.2"});
}

TEST_CASE("Plugins, lists and the specs' own values can be swept") {
  const SpecFiles files;
  SECTION("a plugin shows as its use and what differs") {
    CHECK(rows_of("name: k\ndataset: synthetic\nsplit: ratio\nmodels: {knn: knn}\nmetrics: [rmse]\n"
                  "sweep:\n"
                  "  - grid:\n"
                  "      models.knn.similarity:\n"
                  "        - cosine\n"
                  "        - {use: pearson, shrinkage: 10}\n"
                  "        - {use: pearson, shrinkage: 20}\n"
                  "  - grid: {models.knn.neighbours: {choice: [5, 7]}}\n") ==
          Rows{"knn models.knn.similarity=cosine models.knn.neighbours=5",
               "knn models.knn.similarity=cosine models.knn.neighbours=7",
               "knn models.knn.similarity=pearson(shrinkage=10) models.knn.neighbours=5",
               "knn models.knn.similarity=pearson(shrinkage=10) models.knn.neighbours=7",
               "knn models.knn.similarity=pearson(shrinkage=20) models.knn.neighbours=5",
               "knn models.knn.similarity=pearson(shrinkage=20) models.knn.neighbours=7"});
  }
  SECTION("a whole model, one key of a swept plugin, an element of a list") {
    CHECK(rows_of("name: k\ndataset: synthetic\nsplit: ratio\nmodels: {m: bias, b: {use: blend, "
                  "parts: [bias, knn]}}\nmetrics: [rmse]\nsweep:\n"
                  "  - grid: {models.m: [bias, {use: knn, neighbours: 3}]}\n"
                  "  - grid: {models.b.parts.1.neighbours: [4, 5]}\n"
                  "  - grid: {models.b.parts.0.use: [bias, knn]}\n") ==
          Rows{"m models.m=bias", "m models.m=knn",
               "b models.b.parts.1.neighbours=4 models.b.parts.0.use=bias",
               "b models.b.parts.1.neighbours=4 models.b.parts.0.use=knn",
               "b models.b.parts.1.neighbours=5 models.b.parts.0.use=bias",
               "b models.b.parts.1.neighbours=5 models.b.parts.0.use=knn"});
  }
  SECTION("lists and interpolated values") {
    CHECK(rows_of(spec("  - grid: {models.svd.layers: [[1, 2], [3]]}\n"
                       "  - grid: {models.own.factors: ['${models.svd.factors}', 4]}\n")) ==
          Rows{"base", "svd models.svd.layers=[1, 2]", "svd models.svd.layers=[3]",
               "own models.own.factors=10", "own models.own.factors=4", "part"});
  }
  SECTION("settings are told apart by what they are, not by how they are written") {
    const std::string start =
        "name: k\ndataset: synthetic\nsplit: ratio\nmetrics: [rmse]\nmodels: {knn: knn, "
        "a: {use: knn, similarity: {use: pearson, shrinkage: 1}}, "
        "b: {use: knn, similarity: {use: pearson, shrinkage: 2}}}\nsweep:\n";
    CHECK(rows_of(start + "  - grid: {models.knn.similarity: ['${models.a.similarity}', "
                          "'${models.b.similarity}', {use: pearson, shrinkage: 3}]}\n") ==
          Rows{"knn models.knn.similarity=pearson(shrinkage=1)",
               "knn models.knn.similarity=pearson(shrinkage=2)",
               "knn models.knn.similarity=pearson(shrinkage=3)", "a", "b"});
    CHECK(rows_of("name: k\ndataset: synthetic\nsplit: {use: predefined, test: [t]}\n"
                  "metrics: [rmse]\nmodels: {m: bias}\nsweep:\n"
                  "  - grid: {split.train: [[u1, u2], ['u1, u2']]}\n") ==
          Rows{"m split.train=[u1, u2]", "m split.train=[\"u1, u2\"]"});
  }
  SECTION("the value that is interpolated is the swept one") {
    const auto experiment =
        files.read(spec("  - grid: {models.svd.factors: [1, 2]}\n") + "launch: {timeout: 5}\n");
    const auto swept = files.read(
        "name: k\ndataset: synthetic\nsplit: ratio\nmetrics: [rmse]\n"
        "models: {knn: {use: knn, neighbours: '${seed}'}}\nsweep: [grid: {seed: [3, 4]}]\n");
    CHECK(experiment.rows[2].model_spec["factors"] == 2);
    CHECK(swept.rows[1].model_spec["neighbours"] == 4);
    CHECK(swept.rows[1].seed == 4);
    CHECK(swept.swept == Rows{"seed"});
  }
  SECTION("one of several datasets") {
    CHECK(rows_of("name: k\ndatasets: {a: synthetic, b: {use: movielens, path: x}}\nsplit: ratio\n"
                  "models: {m: bias}\nmetrics: [rmse]\nsweep:\n"
                  "  - grid: {datasets.b.path: [y, z]}\n") ==
          Rows{"a m", "b m datasets.b.path=y", "b m datasets.b.path=z"});
  }
}

TEST_CASE("Mistakes in a sweep say what can be swept") {
  CHECK(mistake("  - grid: {model.svd.factors: [1]}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'model.svd.factors': unknown swept path, did you mean "
        "'models.svd.factors'? what can be swept: seed, dataset, datasets, filters, split, models, "
        "optimizer, train, evaluate");
  CHECK(mistake("  - grid: {models.sdv.factors: [1]}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'models.sdv.factors': unknown swept path, did you mean "
        "'models.svd.factors'? the spec's models: base, svd, own, part");
  CHECK(mistake("  - grid: {models.svd.factrs: [1]}\n") ==
        "spec.yaml:13:12: models.svd.factrs: unknown key of model/svd, did you mean 'factors'? "
        "allowed: use, from, optimizer, train, factors, init_high, mean, init, clip, layers, "
        "weights");
  CHECK_THAT(mistake("  - zip: {train.epoch: [1]}\n"),
             Catch::Contains("unknown swept path, did you mean 'train.epochs'? keys of train: "));
  CHECK(mistake("  - grid: {models: [1]}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'models': names all of models; name one of them: "
        "models.NAME; there are: base, svd, own, part");
  CHECK_THAT(mistake("  - grid: {metrics: [[rmse]]}\n"),
             Catch::Contains("'metrics' cannot be swept; what can: seed, dataset"));
  CHECK_THAT(mistake("  - grid: {a..b: [1]}\n"), Catch::Contains("'a..b' is no path"));
  CHECK(mistake("  - grid: {models.svd.factors: [ten]}\n") ==
        "spec.yaml:13:33: models.svd.factors: the string 'ten' is not an integer; allowed: an "
        "integer from 1 to 4096");
  CHECK(mistake("  - grid: {models.svd.factors: 3}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'models.svd.factors': the number 3 is not a list of "
        "values; allowed: [value, ...] or {choice: [value, ...]}");
  CHECK(mistake("  - grid: {models.svd.factors: []}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'models.svd.factors': an empty list; a swept key needs a "
        "value at least");
  CHECK(mistake("  - grid: {models.svd.factors: {int: [1, 5]}}\n") ==
        "spec.yaml:13:12: sweep.0.grid.'models.svd.factors': a range ({int: [low, high]}) needs a "
        "block random, halving or tpe; here allowed: [value, ...] or {choice: [value, ...]}");
  CHECK_THAT(mistake("  - grid: {models.svd.factors: {chioce: [1]}}\n"),
             Catch::Contains("a map is not a list of values"));
  CHECK(mistake("  - gird: {models.svd.factors: [1]}\n") ==
        "spec.yaml:13:5: sweep.0.gird: unknown key of a sweep's block, did you mean 'grid'? "
        "allowed: grid, zip, random, halving, tpe");
  CHECK(mistake("  - {grid: {seed: [1]}, zip: {seed: [1]}}\n") ==
        "spec.yaml:13:5: sweep.0: 2 keys, where a block has one key; allowed: grid, zip, random, "
        "halving, tpe");
  CHECK_THAT(mistake("  - 3\n"), Catch::Contains("sweep.0: the number 3, where a block has one"));
  CHECK_THAT(mistake("  - grid: {}\n"), Catch::Contains("sweep.0.grid: an empty map; allowed: "));
  CHECK_THAT(mistake("  grid: {seed: [1]}\n"),
             Catch::Contains("sweep: a map is not a list; allowed: a list of blocks"));
  CHECK(mistake("  - zip: {models.svd.factors: [1, 2], seed: [1]}\n") ==
        "spec.yaml:13:39: sweep.0.zip: 'seed' has 1 values, 'models.svd.factors' 2; the lists of "
        "a zip are equally long");
  CHECK(mistake("  - grid: {seed: [1]}\n  - grid: {seed: [2]}\n") ==
        "spec.yaml:14:12: sweep: 'seed' is swept twice; first at spec.yaml:13:12");
  CHECK(mistake("  - grid: {models.svd.factors: [1]}\n  - grid: {models.svd: [bias]}\n") ==
        "spec.yaml:14:12: sweep: 'models.svd' would undo 'models.svd.factors', which is a part of "
        "it; put it first");
  CHECK(mistake("  - grid: {models.own.optimizer.lr: [1], models.base.train.epochs: [1]}\n") ==
        "spec.yaml:13:42: models.base.train: has no use here: model/bias does not train in epochs");
  CHECK(mistake("  - grid: {models.svd.layers.7: [1]}\n") ==
        "spec.yaml:13:12: models.svd.layers: a map is not a list; allowed: a list, each an integer "
        "from 1 to 1000");
}

TEST_CASE("A swept key that reaches no model is a mistake") {
  const SpecFiles files;
  const std::string text =
      "name: k\ndataset: synthetic\nsplit: ratio\nmodels: {m: bias}\nmetrics: [rmse]\nsweep:\n";
  CHECK(files.mistakes(text + "  - grid: {optimizer.lr: [1, 2]}\n") ==
        "spec.yaml:7:12: sweep: 'optimizer.lr' reaches no model");
  std::string seeds;
  for (int i = 0; i < 101; ++i) seeds += (i == 0 ? "" : ", ") + std::to_string(i);
  CHECK(files.mistakes(text + "  - grid: {seed: [" + seeds + "]}\n  - grid: {models.m.damping: [" +
                       seeds + "]}\n") ==
        "spec.yaml:7:3: sweep: more than 10000 settings of models.m; sweep less at a time");
}
