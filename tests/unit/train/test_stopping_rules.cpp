#include <catch2/catch.hpp>

#include "train/stopping_rules.hpp"

using namespace cofi;

TEST_CASE("what the loop remembers") {
  SECTION("a plateau lowers the rate after patience epochs in a row, then again") {
    Schedule schedule;
    schedule.kind = Schedule::Kind::kReduceOnPlateau;
    schedule.factor = 0.5;
    schedule.patience = 2;
    train::Plateau plateau(schedule);
    std::vector<double> factors;
    std::int64_t epoch = 0;
    for (const double value : {3.0, 2.0, 2.0, 2.5, 1.0, 1.5, 0.5, 1.0, 1.0, 1.0, 1.0}) {
      plateau.watch(value, ++epoch);
      factors.push_back(plateau.factor());
    }
    CHECK(factors == std::vector<double>{1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125});
  }
  SECTION("other schedules have no plateau") {
    const Schedule constant;
    train::Plateau plateau(constant);
    CHECK_FALSE(plateau.on());
    CHECK(plateau.factor() == 1);
  }
  SECTION("stopping counts validations in a row") {
    EarlyStopping options;
    options.on = true;
    options.patience = 2;
    options.min_delta = 0.1;
    train::EarlyStop stop(options);
    CHECK(stop.watch(1.0));
    CHECK_FALSE(stop.watch(0.95));
    CHECK_FALSE(stop.stop());
    CHECK(stop.watch(0.85));
    CHECK_FALSE(stop.watch(0.9));
    CHECK_FALSE(stop.watch(0.8));
    CHECK(stop.stop());
  }
  SECTION("both go on from where they were saved") {
    Schedule schedule;
    schedule.kind = Schedule::Kind::kReduceOnPlateau;
    schedule.patience = 2;
    EarlyStopping options;
    options.on = true;
    options.patience = 2;
    train::Plateau plateau(schedule), other(schedule);
    train::EarlyStop stop(options), resumed(options);
    plateau.watch(1, 1), plateau.watch(2, 2);
    stop.watch(1), stop.watch(2);
    Archive written;
    Archive first = written.child("plateau"), second = written.child("stop");
    plateau.state(first), stop.state(second);
    Archive read = written.reopened();
    first = read.child("plateau"), second = read.child("stop");
    other.state(first), resumed.state(second);
    other.watch(2, 3), resumed.watch(2);
    CHECK(other.factor() == schedule.factor);
    CHECK(resumed.stop());
  }
}
