// experiments/thesis against what the thesis' program (Python, PyTorch 1.13.1 on a CPU) measured on
// the same rows with the same initial values. Its digits end with the fourth: hence the tolerance.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/csv_table.hpp"
#include "support/data_folder.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace {

constexpr double kTolerance = 0.0005;

// The test errors in a run's history, in its order, of the rows with this setting.
std::vector<double> errors_of(const std::vector<cofi::test::CsvRow>& history,
                              const std::string& path, const std::string& setting) {
  std::vector<double> errors;
  for (const auto& row : history) {
    if (row.at(path) == setting && !row.at("mse").empty()) {
      errors.push_back(std::stod(row.at("mse")));
    }
  }
  return errors;
}

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

TEST_CASE("the thesis' batch sizes have their test errors at each epoch, without weight decay") {
  if (!cofi::test::data_folder("ml-latest-small")) return;
  const cofi::test::TempFolder folder;
  const auto outcome = cofi::test::shell("cofi run experiments/thesis/svd-batches.yaml --out '" +
                                         (folder / "run") + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  // After epochs 5, 10, 15 and 20. Its cold start leaves the biases of the 665 unseen items as they
  // were drawn; cofi's takes the mean of the trained ones, as of the factors. With weight decay
  // both are near 0; without it cofi's error is up to 0.0007 smaller.
  constexpr double kOfColdStart = 0.001;
  const std::vector<std::pair<std::string, std::vector<double>>> expected = {
      {"1001", {.8464, .9108, .9187, .9124}},  {"5001", {.8271, .8748, .9128, .9315}},
      {"10001", {.8716, .8333, .8899, .9231}}, {"20001", {.9179, .8416, .8395, .8799}},
      {"40002", {.9365, .8995, .8473, .8383}}, {"80003", {.9825, .9471, .9277, .8863}}};
  const auto history = cofi::test::read_csv(folder / "run/history.csv");
  for (const auto& [batch, errors] : expected) {
    CAPTURE(batch);
    const auto found = errors_of(history, "train.batch", batch);
    REQUIRE(found.size() == errors.size());
    for (std::size_t n = 0; n < errors.size(); ++n) {
      CHECK(found[n] == Approx(errors[n]).margin(kOfColdStart));
    }
  }
}

TEST_CASE("the thesis' weight decays have their test errors at each epoch") {
  if (!cofi::test::data_folder("ml-latest-small")) return;
  const cofi::test::TempFolder folder;
  const auto outcome = cofi::test::shell(
      "cofi run experiments/thesis/svd-weight-decay.yaml --out '" + (folder / "run") + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  // After epochs 5, 10, 15, 20, 25, 30, 40, ..., 100.
  const std::vector<std::pair<std::string, std::vector<double>>> expected = {
      {"0.0007",
       {.9094, .8628, .8423, .8321, .8274, .8247, .8223, .8214, .8217, .8230, .8210, .8210, .8209}},
      {"0.0005",
       {.9048, .8477, .8266, .8151, .8059, .7983, .7919, .7893, .7876, .7866, .7860, .7856, .7852}},
      {"0.0004",
       {.8843, .8170, .7989, .7889, .7828, .7785, .7733, .7711, .7703, .7699, .7697, .7695,
        .7694}}};
  const auto history = cofi::test::read_csv(folder / "run/history.csv");
  for (const auto& [weight_decay, errors] : expected) {
    CAPTURE(weight_decay);
    const auto found = errors_of(history, "optimizer.weight_decay", weight_decay);
    REQUIRE(found.size() == errors.size());
    for (std::size_t n = 0; n < errors.size(); ++n) {
      CHECK(found[n] == Approx(errors[n]).margin(kTolerance));
    }
    // None over-fits, as without weight decay the same batches do from epoch 5 on.
    CHECK(found.back() < found.front());
  }
}

TEST_CASE("the thesis' neighborhoods have their test errors at each k") {
  if (!cofi::test::data_folder("ml-100k")) return;
  const cofi::test::TempFolder folder;
  const auto outcome =
      cofi::test::shell("cofi run experiments/thesis/knn-k.yaml --out '" + (folder / "run") + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  // k of 5, 15, 30, 40, 50, 100 and 200. Similarities have seven digits: the fourth may differ.
  const std::vector<std::pair<std::string, std::vector<double>>> expected = {
      {"user-zeros", {8.9186, 7.5014, 7.1706, 7.1049, 7.0774, 7.1634, 7.4759}},
      {"item-zeros", {9.0889, 8.2865, 8.3416, 8.4500, 8.5458, 8.9204, 9.2907}}};
  const auto rows = cofi::test::read_csv(folder / "run/results.csv");
  REQUIRE(rows.size() == 28);
  for (const auto& [model, errors] : expected) {
    CAPTURE(model);
    std::vector<double> found, fits;
    for (const auto& row : rows) {
      if (row.at("model") != model) continue;
      found.push_back(std::stod(row.at("mse")));
      fits.push_back(std::stod(row.at("fit_seconds")));
    }
    REQUIRE(found.size() == errors.size());
    for (std::size_t n = 0; n < errors.size(); ++n) {
      CHECK(found[n] == Approx(errors[n]).margin(kTolerance));
    }
    // k is a late parameter: the rows share one fit.
    CHECK(std::count(fits.begin(), fits.end(), fits.front()) == 7);
  }
}
