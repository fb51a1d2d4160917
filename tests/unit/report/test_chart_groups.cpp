#include <catch2/catch.hpp>

#include <cmath>

#include "report/chart_groups.hpp"
#include "run_folder.hpp"

using Catch::Contains;
using namespace cofi::report;
using cofi::test::TempFolder;

namespace {

const Series& series_named(const Chart& chart, const std::string& name) {
  for (const Series& series : chart.series) {
    if (series.name == name) return series;
  }
  throw std::runtime_error("no series " + name + " in " + chart.name);
}

const Chart& chart_named(const std::vector<ChartGroup>& groups, const std::string& name) {
  for (const ChartGroup& group : groups) {
    for (const Chart& chart : group.charts) {
      if (chart.name == name) return chart;
    }
  }
  throw std::runtime_error("no chart " + name);
}

// The run of kFolds, where all cells are done.
std::string all_done() {
  std::string folds = cofi::test::kFolds;
  const std::string failed = ",,0,failed: <not> today";
  folds.replace(folds.find(failed), failed.size(), "0.9,0.4,0,done");
  return folds;
}

}  // namespace

TEST_CASE("Learning curves") {
  const TempFolder folder;
  folder.write("history.csv",
               "model,models.svd.factors,optimizer.lr,fold,repeat,epoch,loss,seconds,rmse\n"
               "svd,10,0.1,0,0,1,2.0,1,\n"
               "svd,10,0.1,0,0,2,1.0,1,0.9\n"
               "svd,10,0.1,0,0,3,0.5,1,\n"
               "svd,10,0.1,1,0,1,4.0,1,\n"
               "svd,10,0.1,1,0,2,3.0,1,0.7\n");
  const RunFiles run = cofi::test::read(folder);
  const std::vector<ChartGroup> groups = curve_groups(run, entries_of(run));
  SECTION("the mean over folds with one deviation, up to the last epoch that all folds reached") {
    const Series& loss = series_named(chart_named(groups, "curve-loss"), "svd, factors 10, lr 0.1");
    REQUIRE(loss.marks.size() == 2);
    CHECK(loss.marks[0].y == 3);
    CHECK(loss.marks[0].low == Approx(3 - std::sqrt(2.0)));
    CHECK(loss.marks[1].y == 2);
    CHECK(loss.band);
    CHECK(loss.marks[1].tip == "svd, factors 10, lr 0.1, epoch 2: 2.0000 ± 1.4142");
  }
  SECTION("test at some epochs") {
    const Series& rmse = series_named(chart_named(groups, "curve-rmse"), "svd, factors 10, lr 0.1");
    REQUIRE(rmse.marks.size() == 1);
    CHECK(rmse.marks[0].x == 2);
    CHECK(rmse.marks[0].y == Approx(0.8));
  }
  SECTION("without a history there are none") {
    const TempFolder other;
    const RunFiles plain = cofi::test::read(other);
    CHECK(curve_groups(plain, entries_of(plain)).empty());
  }
}

TEST_CASE("Many learning curves: the best few, and the page says so") {
  const TempFolder folder;
  std::string folds = "model,models.svd.factors,fold,repeat,seed,rmse,unseen_users,status\n";
  std::string history = "model,models.svd.factors,fold,repeat,epoch,loss\n";
  for (int n = 1; n <= 9; ++n) {
    const std::string row = "svd," + std::to_string(n) + ",0,0,";
    folds += row + "0,0." + std::to_string(n) + ",0,done\n";
    history += row + "1,1\n" + row + "2,0.5\n";
  }
  folder.write("history.csv", history);
  const RunFiles run = cofi::test::read(folder, folds);
  const std::vector<ChartGroup> groups = curve_groups(run, entries_of(run));
  CHECK(chart_named(groups, "curve-loss").series.size() == kMostCurves);
  CHECK_NOTHROW(series_named(chart_named(groups, "curve-loss"), "svd, factors 1"));
  CHECK_THAT(groups[0].note, Contains("6 of 9 settings") && Contains("by rmse"));
}

TEST_CASE("Metrics against a swept key") {
  const TempFolder folder;
  const RunFiles run = cofi::test::read(folder, all_done());
  const std::vector<ChartGroup> groups = parameter_groups(run, entries_of(run));
  SECTION("at each value the best of the settings that have it") {
    const Chart& chart = chart_named(groups, "by-factors-rmse");
    const Series& svd = series_named(chart, "svd");
    REQUIRE(svd.marks.size() == 2);
    CHECK(svd.marks[0].x == 10);
    CHECK(svd.marks[0].y == Approx(0.65));  // lr 0.01 beats lr 0.1's 0.85
    CHECK(svd.marks[1].x == 50);
    CHECK(svd.marks[1].y == Approx(0.8));
    CHECK(svd.line);
    CHECK(chart.y.aside == "lower is better");
  }
  SECTION("higher may be better") {
    const Chart& chart = chart_named(groups, "by-factors-ndcg_10");
    CHECK(series_named(chart, "svd").marks[0].y == Approx(0.5));  // of lr 0.1
    CHECK(chart.y.aside == "higher is better");
  }
  SECTION("a model that the key does not reach is a line across") {
    const Chart& chart = chart_named(groups, "by-factors-rmse");
    const Series& bias = series_named(chart, "bias");
    REQUIRE(bias.marks.size() == 2);
    CHECK(bias.marks[0].y == Approx(1.1));
    CHECK(bias.marks[0].x == chart.x.low);
    CHECK_FALSE(bias.points);
  }
  SECTION("an incomplete row is left out: there is one value, and no picture") {
    const TempFolder other;
    const RunFiles failed = cofi::test::read(other);
    const auto of_failed = parameter_groups(failed, entries_of(failed));
    CHECK_THROWS(chart_named(of_failed, "by-factors-rmse"));
    CHECK_NOTHROW(chart_named(of_failed, "by-lr-rmse"));
  }
  SECTION("names are points beside them") {
    const TempFolder other;
    const RunFiles named =
        cofi::test::read(other,
                         "model,optimizer,fold,repeat,seed,rmse,unseen_users,status\n"
                         "svd,sgd,0,0,0,0.9,0,done\nsvd,adam(lr=0.1),0,0,0,0.8,0,done\n");
    const auto of_named = parameter_groups(named, entries_of(named));
    const Chart& chart = chart_named(of_named, "by-optimizer-rmse");
    CHECK(chart.y.ticks[0].label == "sgd");
    CHECK(chart.y.ticks[1].label == "adam(lr=0.1)");
    CHECK(series_named(chart, "svd").marks[1].x == Approx(0.8));
    CHECK_FALSE(series_named(chart, "svd").line);
  }
}

TEST_CASE("Heat maps of two swept keys") {
  const TempFolder folder;
  SECTION("the means, the best framed, a combination that did not run left out") {
    const RunFiles run = cofi::test::read(folder, all_done());
    const std::vector<ChartGroup> groups = heat_map_groups(run, entries_of(run));
    const Chart& chart = chart_named(groups, "map-svd-factors-lr-rmse");
    CHECK(chart.boxes.size() == 3);
    CHECK(chart.notes.size() == 3);
    CHECK(chart.ramp_low == "worst 0.8500");
    CHECK(chart.ramp_high == "best 0.6500");
    // factors 10 is first along x, lr 0.01 first along y.
    CHECK(chart.series[0].marks[0].x == Approx(-0.48));
    CHECK(chart.series[0].marks[0].y == Approx(-0.46));
  }
  SECTION("none where few combinations ran: a zip") {
    std::string folds = "model,a,b,fold,repeat,seed,rmse,unseen_users,status\n";
    for (const char* n : {"1", "2", "3"}) {
      folds += std::string("svd,") + n + "," + n + ",0,0,0,0.9,0,done\n";
    }
    const RunFiles run = cofi::test::read(folder, folds);
    CHECK(heat_map_groups(run, entries_of(run)).empty());
  }
}

TEST_CASE("Bars of strata") {
  const TempFolder folder;
  std::string strata =
      "model,models.svd.factors,optimizer.lr,strata,stratum,fold,repeat,users,rmse\n";
  for (const char* row :
       {"bias,,,user_activity,low,0,0,1000,1.2", "bias,,,user_activity,low,1,0,1200,1.4",
        "bias,,,user_activity,high,0,0,50,0.9", "bias,,,user_activity,high,1,0,50,0.9"}) {
    strata += std::string(row) + "\n";
  }
  folder.write("strata.csv", strata);
  const RunFiles run = cofi::test::read(folder);
  const std::vector<ChartGroup> groups = strata_groups(run, entries_of(run));
  const Chart& chart = chart_named(groups, "strata-user_activity-rmse");
  CHECK(chart.y.ticks[0].label == "low (1,100 users)");
  CHECK(chart.y.ticks[1].label == "high (50 users)");
  REQUIRE(chart.boxes.size() == 2);
  CHECK(chart.boxes[0].left == 0);
  CHECK(chart.boxes[0].right == Approx(1.3));
  CHECK(series_named(chart, "bias").marks[0].high == Approx(1.3 + std::sqrt(0.02)));
}

TEST_CASE("Cost against quality") {
  const TempFolder folder;
  folder.write("results.csv",
               "model,models.svd.factors,optimizer.lr,rmse,ndcg@10,fit_seconds,peak_mb,status\n"
               "bias,,,1.1,0.2,0.010,100.0,done\n"
               "svd,10,0.1,0.85,0.5,1.000,100.0,done\n"
               "svd,50,0.1,0.8,0.3,5.000,100.0,done\n"
               "svd,10,0.01,0.65,0.2,2.000,100.0,done\n");
  const RunFiles run = cofi::test::read(folder, all_done());
  const std::vector<ChartGroup> groups = cost_groups(run, entries_of(run));
  const Chart& chart = chart_named(groups, "cost-fit_seconds-rmse");
  SECTION("the front: none is both cheaper and better") {
    const Series& front = series_named(chart, "best for their cost");
    REQUIRE(front.marks.size() == 3);  // bias, then factors 10; factors 50 is beaten
    CHECK(front.marks[0].x == Approx(-2));
    CHECK(front.marks[1].x == Approx(0).margin(1e-12));
    CHECK(front.marks[2].y == Approx(0.65));
  }
  SECTION("each point has its label") {
    CHECK(chart.notes.size() == 4);
    CHECK(series_named(chart, "bias").marks[0].tip == "bias: 1.1000, 0.01 s");
  }
  SECTION("no picture of a cost that all have alike") {
    CHECK_THROWS(chart_named(groups, "cost-peak_mb-rmse"));
  }
}
