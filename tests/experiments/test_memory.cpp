// What models' READMEs say of a fit's memory, beside what it takes.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "experiment.hpp"
#include "support/csv_table.hpp"

// Sanitizers take memory of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

constexpr double kUsers = 80'000, kItems = 6'000, kRatings = 6'000'000, kThreads = 2;

// Factors as tables hold them.
double padded(double factors) { return std::ceil(factors / 16) * 16; }

struct Fit {
  std::string name, model, rest;
  double bytes;  // by the model's README
};

// Megabytes of the fit's peak above that of a model that has next to nothing.
double measured_mb(const Fit& fit) {
  const cofi::test::Experiment it(
      "name: memory\n"
      "threads: 2\n"
      "dataset: {use: synthetic, users: 80000, items: 6000, ratings: 6000000}\n"
      "filters: [{use: values, min: 0.1}]\n"
      "split: {use: count, test: 1000}\n"
      "models:\n"
      "  mean: {use: mean}\n"
      "  asked: " +
      fit.model + "\n" + fit.rest +
      "metrics: [rmse]\n"
      "save: none\n");
  const auto run = it.run("-q");
  INFO(run.err);
  REQUIRE(run.code == 0);
  double mean = 0, asked = 0;
  for (const auto& row : cofi::test::read_csv(it.folder / "run/folds.csv")) {
    (row.at("model") == "mean" ? mean : asked) = std::atof(row.at("peak_mb").c_str());
  }
  constexpr double kMebi = 1 << 20, kMega = 1e6;
  return (asked - mean) * kMebi / kMega;
}

}  // namespace

TEST_CASE("fits take the memory that their READMEs say, to a fifth") {
  const std::string sgd = "optimizer: {use: sgd, lr: 0.001}\ntrain: {epochs: 1}\n";
  const std::string adam = "optimizer: {use: adam, lr: 0.001}\ntrain: {epochs: 1, batch: 200000}\n";
  const double rows = kUsers + kItems;
  const double wide = padded(100), narrow = padded(64);
  const std::vector<Fit> fits = {
      {"als", "{use: als, factors: 100, train: {epochs: 1}}", "",
       4 * rows * (wide + 1) + 20 * kRatings},
      {"ials", "{use: ials, factors: 100, train: {epochs: 1}}", "",
       4 * rows * wide + 20 * kRatings + 4 * wide * wide * std::ceil(kUsers / 4096)},
      {"nmf", "{use: nmf, factors: 100, train: {epochs: 1}}", "",
       4 * rows * (wide + 1) + 20 * kRatings},
      {"svd, batch", "{use: svd, factors: 100}", adam,
       4 * 4 * rows * (wide + 1) + 4 * kRatings + 44 * 200'000},
      {"svd, blocked", "{use: svd, factors: 64, solver: blocked}", sgd,
       8 * rows * (narrow + 1) + 12 * kRatings},
      {"svdpp", "{use: svdpp, factors: 100, solver: sequential}", sgd,
       4 * wide * (rows + kUsers + kItems) + (8 + 20) * kRatings},
      {"bayesian_svd", "{use: bayesian_svd, factors: 10, burn_in: 0, train: {epochs: 20}}", "",
       4 * 20 * 11 * rows + 12 * 16 * rows + 32 * kRatings},
      {"knn", "{use: knn, by: item, keep: 400}", "",
       2 * 8 * kItems * 400 + 4 * 8 * kRatings + 48 * kItems * kThreads},
      {"ease", "{use: ease}", "", 4 * kItems * kItems + 2000 * kItems + 20 * kRatings},
      {"slim", "{use: slim, l1: 1000, l2: 100}", "", 4 * kItems * kItems + 20 * kRatings},
  };
  for (const Fit& fit : fits) {
    const double said = fit.bytes / 1e6, found = measured_mb(fit);
    CAPTURE(fit.name, said, found);
    CHECK(found / said > 0.8);
    CHECK(found / said < 1.2);
  }
}
#endif
