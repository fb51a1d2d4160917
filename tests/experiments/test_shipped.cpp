// Every shipped experiment is a good spec, and the quickstart shows what it promises.
#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <string>

#include "support/csv_table.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

TEST_CASE("every shipped experiment passes cofi check") {
  int specs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("experiments")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto outcome = cofi::test::shell("cofi check '" + entry.path().string() + "'");
    INFO(entry.path() << "\n" << outcome.err);
    CHECK(outcome.code == 0);
    ++specs;
  }
  CHECK(specs >= 4);
}

TEST_CASE("the quickstart's models come near the best possible error, svd nearer than bias") {
  const cofi::test::TempFolder folder;
  const auto outcome =
      cofi::test::shell("cofi run experiments/quickstart.yaml --out '" + (folder / "run") + "'");
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto rows = cofi::test::read_csv(folder / "run/results.csv");
  REQUIRE(rows.size() == 3);
  const auto rmse = [&](const std::string& model) {
    for (const auto& row : rows) {
      if (row.at("model") == model) return std::stod(row.at("rmse"));
    }
    FAIL("no row " << model);
    return 0.0;
  };
  // The planted noise has a standard deviation of 0.5; bias knows nothing of the planted factors,
  // whose product has one of 0.5 as well: sqrt(0.5).
  CHECK(rmse("(best possible)") == Approx(0.5).margin(0.005));
  CHECK(rmse("svd") > rmse("(best possible)"));
  CHECK(rmse("svd") < 0.6);
  CHECK(rmse("bias") == Approx(std::sqrt(0.5)).margin(0.03));
  CHECK(outcome.out.find("(best possible)") != std::string::npos);
}
