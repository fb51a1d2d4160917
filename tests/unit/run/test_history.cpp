#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "run/history.hpp"

TEST_CASE("A history survives as text, bit for bit") {
  cofi::run::History history;
  history.at(1).loss = 0.1;
  history.at(1).seconds = 0.25;
  history.at(2).loss = std::numeric_limits<double>::quiet_NaN();
  history.at(2).seconds = 0.5;
  history.at(2).metrics["validation_rmse"] = 1.0 / 3;
  const auto read = cofi::run::History::from_text(history.to_text());
  REQUIRE(read.epochs().size() == 2);
  CHECK(read.epochs()[0].loss == 0.1);
  CHECK(read.epochs()[0].seconds == 0.25);
  CHECK(std::isnan(read.epochs()[1].loss));
  CHECK(read.epochs()[1].metrics.at("validation_rmse") == 1.0 / 3);
}
