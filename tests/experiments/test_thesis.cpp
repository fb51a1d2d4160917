// experiments/thesis against what the thesis' program (Python, PyTorch 1.13.1 on a CPU) measured on
// the same rows with the same initial values. Its digits end with the fourth: hence the tolerance.
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/csv_table.hpp"
#include "support/data_folder.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace {

constexpr double kTolerance = 0.0005;

}  // namespace

TEST_CASE("the thesis' 100-factor run has its test error at each epoch") {
  if (!cofi::test::data_folder("ml-latest-small")) return;
  const cofi::test::TempFolder folder;
  const auto outcome = cofi::test::shell("cofi run experiments/thesis/svd-epochs.yaml --out '" +
                                         (folder / "run") + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::vector<std::pair<std::string, double>> expected = {
      {"1", 1.0397}, {"2", .9847},  {"3", .9333},  {"4", .8820},  {"5", .8462},
      {"10", .7929}, {"15", .7795}, {"20", .7726}, {"25", .7680}, {"30", .7648}};
  std::vector<cofi::test::CsvRow> evaluated;
  for (const auto& row : cofi::test::read_csv(folder / "run/history.csv")) {
    if (!row.at("mse").empty()) evaluated.push_back(row);
  }
  REQUIRE(evaluated.size() == expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) {
    CHECK(evaluated[n].at("epoch") == expected[n].first);
    CHECK(std::stod(evaluated[n].at("mse")) == Approx(expected[n].second).margin(kTolerance));
  }
}

TEST_CASE("the thesis' table of factors has its test errors") {
  if (!cofi::test::data_folder("ml-latest-small")) return;
  const cofi::test::TempFolder folder;
  const auto outcome = cofi::test::shell("cofi run experiments/thesis/svd-factors.yaml --out '" +
                                         (folder / "run") + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::vector<std::pair<std::string, double>> expected = {
      {"10", .7705}, {"20", .7651},  {"40", .7606},  {"50", .7600},
      {"80", .7586}, {"100", .7579}, {"200", .7568}, {"400", .7571}};
  const auto rows = cofi::test::read_csv(folder / "run/results.csv");
  REQUIRE(rows.size() == expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) {
    CHECK(rows[n].at("model") == "svd");
    CHECK(rows[n].at("models.svd.factors") == expected[n].first);
    CHECK(std::stod(rows[n].at("mse")) == Approx(expected[n].second).margin(kTolerance));
  }
}
