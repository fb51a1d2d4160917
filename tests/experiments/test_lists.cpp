// Lists as files: written by a run, and read by model/lists.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;

namespace {

std::string spec(const std::string& models, const std::string& evaluate,
                 const std::string& metrics = "[{use: ndcg, at: 10}, {use: precision, at: 5}]") {
  return cofi::test::kSmallData + "models:\n" + models +
         "optimizer: {use: adam}\n"
         "train: {epochs: 3, batch: 256}\n"
         "evaluate: {relevance: 4" +
         evaluate + "}\nmetrics: " + metrics + "\n";
}

const std::string kModels =
    "  bias: {use: bias}\n"
    "  svd: {use: svd, factors: 4}\n";

std::string lists_of(const Experiment& it, const std::string& model) {
  return field(it.file("folds.csv"), model, "lists_file");
}

// The spec of models read from another run's lists, without what needs training.
std::string reading(const Experiment& from, const std::string& format) {
  const auto model = [&](const std::string& name) {
    return "  " + name + ": {use: lists, path: '" +
           (from.folder / ("run/" + lists_of(from, name))) + "', format: " + format + "}\n";
  };
  return cofi::test::kSmallData + "models:\n" + model("bias") + model("svd") +
         "evaluate: {relevance: 4}\n"
         "metrics: [{use: ndcg, at: 10}, {use: precision, at: 5}, rmse]\n";
}

}  // namespace

TEST_CASE("Lists written by a run and read back have the same metrics, to the last bit") {
  const std::string format = GENERATE("csv", "trec");
  const Experiment written(spec(kModels, ", export: " + format));
  const auto run = written.run();
  INFO(format << "\n" << run.err);
  REQUIRE(run.code == 0);
  const Experiment read(reading(written, format));
  const auto again = read.run();
  INFO(again.err);
  REQUIRE(again.code == 0);
  for (const char* model : {"bias", "svd"}) {
    for (const char* metric : {"ndcg@10", "precision@5"}) {
      INFO(model << " " << metric);
      const std::string value = field(written.file("results.csv"), model, metric);
      CHECK(std::stod(value) > 0);
      CHECK(field(read.file("results.csv"), model, metric) == value);
    }
  }
  // Scores are no ratings.
  CHECK(field(read.file("results.csv"), "svd", "rmse").empty());
  CHECK_THAT(read.file("results.csv"), Contains("rmse: the model predicts scores"));
}

TEST_CASE("Exported lists") {
  const Experiment it(spec(kModels, ", export: csv"));
  REQUIRE(it.run("-q").code == 0);
  const std::string file = lists_of(it, "svd");
  const std::string text = it.file(file);

  SECTION("as long as a metric asks for, best first, without ties, nothing from training") {
    const auto rows = cofi::test::csv_rows(text);
    CHECK(rows.at(0) == std::vector<std::string>{"user", "item", "score"});
    const std::string split = it.folder / "split";
    REQUIRE(
        cofi::test::shell("cofi export split '" + (it.folder / "run") + "' --out '" + split + "'")
            .code == 0);
    std::set<std::pair<std::string, std::string>> trained;
    for (const auto& row : cofi::test::csv_rows(cofi::test::read_file(split + "/train.csv"))) {
      trained.insert({row[0], row[1]});
    }
    std::map<std::string, std::size_t> lengths;
    for (std::size_t n = 1; n < rows.size(); ++n) {
      ++lengths[rows[n][0]];
      CHECK(trained.count({rows[n][0], rows[n][1]}) == 0);
      if (rows[n][0] == rows[n - 1][0]) {
        CHECK(std::stof(rows[n][2]) < std::stof(rows[n - 1][2]));
      }
    }
    CHECK(lengths.size() > 200);  // of 300 users, those with a test row
    CHECK(std::all_of(lengths.begin(), lengths.end(),
                      [](const auto& user) { return user.second == 10; }));
  }
  SECTION("a TREC run file has rank, score and the model's name") {
    REQUIRE(it.run("-q --set evaluate.export=trec").code == 0);
    std::istringstream lines(it.file(lists_of(it, "svd")));
    std::string user, q0, item, tag;
    int rank = 0;
    float score = 0;
    REQUIRE(lines >> user >> q0 >> item >> rank >> score >> tag);
    CHECK(q0 == "Q0");
    CHECK(rank == 1);
    CHECK(tag == "svd");
    REQUIRE(lines >> user >> q0 >> item >> rank);
    CHECK(rank == 2);
  }
  SECTION("are written again only where they are missing, from the saved model") {
    const std::string other = lists_of(it, "bias"), results = it.file("results.csv");
    std::filesystem::remove(it.folder / ("run/" + file));
    it.folder.write("run/" + other, "left as it is");
    const auto again = it.run();
    CHECK(again.code == 0);
    CHECK_THAT(again.err, Contains("[1/1] svd"));
    CHECK(it.file(file) == text);
    CHECK(it.file(other) == "left as it is");
    CHECK(it.file("results.csv") == results);
  }
  SECTION("the ranks of a world share the users, to the same bits") {
    const std::string other = lists_of(it, "bias"), before = it.file(other);
    std::filesystem::remove(it.folder / ("run/" + other));
    const auto shared = it.run("-q --np 2");
    INFO(shared.err);
    REQUIRE(shared.code == 0);
    CHECK(it.file(other) == before);
  }
  SECTION("a longer list is another file, and the bits do not depend on threads") {
    REQUIRE(it.run("-q --set metrics.0.at=20 --set threads=1").code == 0);
    const std::string longer = lists_of(it, "svd");
    CHECK(longer != file);
    CHECK(it.file(longer).size() > 1.9 * double(text.size()));
    REQUIRE(it.run("-q --fresh --set threads=3").code == 0);
    CHECK_FALSE(it.has(longer));
    CHECK(it.file(file) == text);
  }
  SECTION("a file of lists that changes is read again") {
    const Experiment read(reading(it, "csv"));
    REQUIRE(read.run("-q").code == 0);
    const std::string before = field(read.file("results.csv"), "svd", "ndcg@10");
    // The first user's list alone.
    it.folder.write("run/" + file, text.substr(0, 200).substr(0, text.substr(0, 200).rfind('\n')));
    REQUIRE(read.run("-q").code == 0);
    CHECK(field(read.file("results.csv"), "svd", "ndcg@10") != before);
  }
}

TEST_CASE("With select, the chosen setting's lists are written") {
  const Experiment it(
      "name: small\n"
      "dataset: {use: synthetic, users: 300, items: 200, ratings: 6000}\n"
      "split: {use: ratio, test: 0.2, validation: {use: ratio, test: 0.2}}\n"
      "models: {svd: {use: svd, factors: 4}}\n"
      "optimizer: {use: adam}\n"
      "train: {epochs: 2, batch: 256}\n"
      "evaluate: {export: csv}\n"
      "metrics: [rmse, {use: precision, at: 5}]\n"
      "select: {metric: rmse}\n"
      "sweep: [{grid: {optimizer.lr: [0.001, 0.01]}}]\n");
  REQUIRE(it.run("-q").code == 0);
  std::size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(it.folder / "run/lists")) {
    CHECK(each.path().extension() == ".csv");
    ++files;
  }
  CHECK(files == 1);
}

TEST_CASE("Lists that cannot be written are refused before the first fit") {
  const Experiment auc(spec(kModels, ", export: csv", "[auc]"));
  const auto no_list = auc.run();
  CHECK(no_list.code == 2);
  CHECK_THAT(no_list.err, Contains("evaluate.export: csv: none of the metrics asks for lists") &&
                              Contains("add one with a cutoff"));
  const Experiment blank(
      "name: small\n"
      "dataset: {use: delimited, path: ratings.csv}\n"
      "split: {use: ratio, test: 0.5}\n"
      "models: {bias: {use: bias}}\n"
      "evaluate: {export: trec}\n"
      "metrics: [{use: precision, at: 5}]\n");
  blank.folder.write("ratings.csv", "user,item,value\na,x,1\na,y y,2\nb,x,3\nb,z,4\n");
  const auto run = blank.run();
  CHECK(run.code == 2);
  CHECK_THAT(run.err,
             Contains("evaluate.export: trec: the item 'y y' has a blank") && Contains("use csv"));
}
