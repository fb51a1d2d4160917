#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "report/entries.hpp"
#include "run_folder.hpp"

using Catch::Contains;
using cofi::test::TempFolder;
using Names = std::vector<std::string>;

TEST_CASE("A swept seed or split is a setting, beside the run's own columns") {
  const TempFolder folder;
  const auto run =
      cofi::test::read(folder,
                       "model,seed,split,fold,repeat,seed,rmse,unseen_users,split,status\n"
                       "bias,7,halves,0,0,1007,0.5,0,abc,done\n"
                       "bias,8,halves,0,0,1008,0.6,0,abc,done\n");
  CHECK(run.swept == Names{"seed", "split"});
  CHECK(run.metrics == Names{"rmse"});
  const auto entries = cofi::report::entries_of(run);
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].value(run, "seed") == "8");
  CHECK(entries[1].values.at("rmse") == std::vector<double>{0.6});
}

TEST_CASE("A run's folder") {
  const TempFolder folder;
  const std::string path = folder.path().string();
  SECTION("which columns are what") {
    const auto run = cofi::test::read(folder);
    CHECK(run.settings == Names{"model", "models.svd.factors", "optimizer.lr"});
    CHECK(run.swept == Names{"models.svd.factors", "optimizer.lr"});
    CHECK(run.metrics == Names{"rmse", "ndcg@10"});
    CHECK(run.higher_is_better("ndcg@10"));
    CHECK_FALSE(run.higher_is_better("rmse"));
    CHECK_FALSE(run.history);
    CHECK(run.state() == "done");
  }
  SECTION("datasets and candidates are no swept keys") {
    const auto run = cofi::test::read(
        folder, "dataset,model,split.test,candidates,fold,repeat,seed,rmse,unseen_users,status\n");
    CHECK(run.settings == Names{"dataset", "model", "split.test", "candidates"});
    CHECK(run.swept == Names{"split.test"});
  }
  SECTION("whether a setting was selected is no part of it") {
    const auto run = cofi::test::read(
        folder, "model,split.test,selected,fold,repeat,seed,validation_rmse,unseen_users,status\n");
    CHECK(run.settings == Names{"model", "split.test"});
    CHECK(run.swept == Names{"split.test"});
    CHECK(run.metrics == Names{"validation_rmse"});
  }
  SECTION("a run that is at work, and one that ended before its time") {
    const std::string manifest = R"({"name": "small", "state": "running", "metrics": {}})";
    CHECK(cofi::test::read(folder, cofi::test::kFolds, manifest).state() ==
          "ended before its time");
    const int held = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    CHECK(cofi::test::read(folder, cofi::test::kFolds, manifest).state() == "running");
    ::close(held);
  }
  SECTION("what is no run's folder, or damaged, is said") {
    CHECK_THROWS_WITH(cofi::report::read_run(path + "/none"), Contains("no such folder"));
    CHECK_THROWS_WITH(cofi::report::read_run(folder.write("file", "")), Contains("is a file"));
    CHECK_THROWS_WITH(
        cofi::report::read_run(path),
        Contains("is no run's folder: it has no spec.yaml") && Contains("runs/<name>"));
    CHECK_THROWS_WITH(cofi::test::read(folder, cofi::test::kFolds, "{\"name\":"),
                      Contains("manifest.json: damaged"));
    CHECK_THROWS_WITH(cofi::test::read(folder, cofi::test::kFolds, R"({"name": "x"})"),
                      Contains("manifest.json: no 'metrics'; another version of cofi wrote it"));
    CHECK_THROWS_WITH(cofi::test::read(folder, "model,rmse\n"), Contains("folds.csv: no column"));
  }
}
