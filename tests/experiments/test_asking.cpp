// What a finished run's models can be asked: predictions, recommendations, similar items.
#include <catch2/catch.hpp>

#include <cmath>
#include <set>

#include "experiment.hpp"
#include "support/csv_table.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::Outcome;

namespace {

const std::string kSpec =
    "name: small\n"
    "dataset: {use: movielens, path: movies}\n"
    "split: {use: k_fold, folds: 2}\n"
    "models:\n"
    "  bias: {use: bias}\n"
    "  knn: {use: knn, k: 5, shrinkage: 0}\n"
    "metrics: [rmse]\n";

// 20 users and 12 items with titles; user n rates the items whose number it does not divide.
void write_movies(const Experiment& it) {
  std::string ratings = "userId,movieId,rating,timestamp\n", movies = "movieId,title,genres\n";
  for (int item = 1; item <= 12; ++item) {
    movies += std::to_string(item * 10) + ",Film " + std::to_string(item) + " (1999),Drama\n";
  }
  for (int user = 1; user <= 20; ++user) {
    for (int item = 1; item <= 12; ++item) {
      if ((user + item) % 4 == 0) continue;
      const double rating = 1 + (user * 7 + item * item * 3) % 9 / 2.0;
      ratings += std::to_string(user) + "," + std::to_string(item * 10) + "," +
                 std::to_string(rating) + ",1000\n";
    }
  }
  it.folder.write("movies/ratings.csv", ratings);
  it.folder.write("movies/movies.csv", movies);
}

Outcome call(const Experiment& it, const std::string& words) {
  return cofi::test::shell("cd '" + it.folder.path().string() +
                           "' && COFI_PLUGIN_PATH='" COFI_EXPERIMENT_PLUGINS "' cofi " + words);
}

// The number that begins at the text's last line that has the word before it.
double number_after(const std::string& text, const std::string& word) {
  return std::stod(text.substr(text.rfind(word) + word.size()));
}

}  // namespace

TEST_CASE("cofi predict, recommend and similar ask a run's saved models") {
  const Experiment it(kSpec);
  write_movies(it);
  REQUIRE(it.run("-q").code == 0);

  SECTION("a file of pairs gets the predictions that the run was evaluated by") {
    REQUIRE(call(it, "export split run --out parts").code == 0);
    for (const char* model : {"bias", "knn"}) {
      const auto asked =
          call(it, std::string("predict run --pairs parts/fold-1/test.csv --fold 1 ") +
                       "--out predicted.csv --model " + model);
      INFO(asked.err);
      REQUIRE(asked.code == 0);
      const auto predicted = cofi::test::read_csv(it.folder / "predicted.csv");
      const auto test = cofi::test::read_csv(it.folder / "parts/fold-1/test.csv");
      REQUIRE(predicted.size() == test.size());
      double squares = 0;
      for (std::size_t n = 0; n < test.size(); ++n) {
        REQUIRE(predicted[n].at("user") == test[n].at("user"));
        REQUIRE(predicted[n].at("item") == test[n].at("item"));
        squares +=
            std::pow(std::stod(predicted[n].at("prediction")) - std::stod(test[n].at("value")), 2);
      }
      for (const auto& row : cofi::test::read_csv(it.folder / "run/folds.csv")) {
        if (row.at("model") != model || row.at("fold") != "1") continue;
        CHECK(std::sqrt(squares / static_cast<double>(test.size())) ==
              Approx(std::stod(row.at("rmse"))).epsilon(1e-6));
      }
    }
  }
  SECTION("one prediction, whose terms add up, neighbors by name") {
    const auto asked = call(it, "predict run --model knn --user 3 --item 50 --explain");
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK_THAT(asked.err, Contains("knn, fold 0"));
    CHECK_THAT(asked.out, Contains("user 3, item 50, Film 5 (1999): prediction "));
    CHECK_THAT(asked.out, Contains("neighbor: item ") && Contains(", Film "));
    double sum = 0;
    std::istringstream lines(asked.out.substr(asked.out.find('\n') + 1));
    for (std::string line; std::getline(lines, line);) sum += std::stod(line);
    // Each is printed to four digits.
    CHECK(sum == Approx(number_after(asked.out, "prediction ")).margin(1e-3));
  }
  SECTION("recommendations leave out what the user has, best first") {
    const auto asked = call(it, "recommend run --model bias --user 3 --top 4 --explain");
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK_THAT(asked.out, Contains("title") && Contains("prediction") && Contains("item bias"));
    REQUIRE(call(it, "export split run --out parts").code == 0);
    for (const auto& row : cofi::test::read_csv(it.folder / "parts/fold-0/train.csv")) {
      if (row.at("user") != "3") continue;
      CHECK_THAT(asked.out, !Contains(" " + row.at("item") + "  Film"));
    }
    const auto all = call(it, "recommend run --model bias --user 3 --top 100");
    std::istringstream lines(all.out);
    double last = 1e9;
    std::size_t listed = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("Film") == std::string::npos) continue;
      const double value = std::stod(line.substr(line.find(')') + 1));
      CHECK(value <= last);
      last = value;
      ++listed;
    }
    CHECK(listed > 3);
  }
  SECTION("similar items, by neighborhoods; none where the model has no notion of them") {
    const auto asked = call(it, "similar run --model knn --item 50 --top 3");
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK_THAT(asked.out, Contains("similarity") && !Contains("Film 5 (1999)"));
    const auto none = call(it, "similar run --model bias --item 50");
    CHECK(none.code == 2);
    CHECK_THAT(none.err, Contains("no notion of similar items"));
  }
  SECTION("what is wrong is said") {
    const auto says = [&](const std::string& words, const std::string& text) {
      const auto asked = call(it, words);
      INFO(words);
      CHECK(asked.code == 2);
      CHECK_THAT(asked.err, Contains(text));
    };
    says("recommend run --user 3", "several models; choose one with --model: bias, knn");
    says("recommend run --user 3 --model kn", "did you mean 'knn'");
    says("recommend run --user 300 --model knn", "the data has no user '300'");
    says("similar run --item 55 --model knn", "the data has no item '55', did you mean '50'");
    says("recommend run --model knn", "needs --user");
    says("predict run --model knn --user 3", "needs --user and --item, or --pairs");
    says("predict run --model knn --user 3 --item 50 --explain --time 9",
         "leave out --time or --explain");
    says("recommend run --model knn --user 3 --explain --time 9", "leave out --time or --explain");
    says("predict run --model knn --pairs movies/ratings.csv --explain",
         "--explain goes with --user and --item");
    says("predict run --model knn --user 3 --item 50 --fold 7", "fold 7; there are: 0, 1");
    says("predict run --model knn --user 3 --item 50 --fold x", "--fold is a whole number");
    says("recommend run --model knn --user 3 --top 0", "--top is a number of items");
    says("recommend movies --user 3", "is no run's folder");
    REQUIRE(it.run("-q --fresh --set save=none").code == 0);
    says("recommend run --user 3 --model knn", "no saved model of 'knn'");
  }
}

TEST_CASE("A sweep's models are asked by the names of their settings") {
  const Experiment it(kSpec + "sweep: [{grid: {models.knn.k: [1, 5]}}]\n");
  write_movies(it);
  REQUIRE(it.run("-q").code == 0);
  const std::string pair = " --user 3 --item 50";
  const auto open = call(it, "predict run --model knn" + pair);
  CHECK(open.code == 2);
  CHECK_THAT(open.err, Contains("several settings of 'knn'; choose one:\n"
                                "  --model 'knn, models.knn.k 1'\n"
                                "  --model 'knn, models.knn.k 5'"));
  std::set<double> predictions;
  for (const char* k : {"1", "5"}) {
    const auto asked =
        call(it, "predict run --fold 1 --model 'knn, models.knn.k " + std::string(k) + "'" + pair);
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK_THAT(asked.err, Contains("knn, models.knn.k " + std::string(k) + ", fold 1"));
    predictions.insert(number_after(asked.out, "prediction "));
  }
  CHECK(predictions.size() == 2);
  CHECK(call(it, "predict run --model bias" + pair).code == 0);
}
