#include <catch2/catch.hpp>

#include "report/axis.hpp"

using namespace cofi::report;
using Labels = std::vector<std::string>;

namespace {

Labels tick_labels(const Axis& axis) {
  Labels all;
  for (const Tick& tick : axis.ticks) all.push_back(tick.label);
  return all;
}

}  // namespace

TEST_CASE("Axes of measured values") {
  SECTION("ticks are 1, 2 or 5 times a power of ten, written alike") {
    CHECK(tick_labels(measure_axis({0.912, 0.948}, 20)) ==
          Labels{"0.91", "0.92", "0.93", "0.94", "0.95"});
    CHECK(tick_labels(measure_axis({1, 60}, 1e9)) == Labels{"0", "20", "40", "60"});
    CHECK(tick_labels(measure_axis({-0.3, 0.3}, 20)) == Labels{"-0.2", "0.0", "0.2"});
  }
  SECTION("values have room at both ends") {
    const Axis axis = measure_axis({0, 100}, 20, 0.1);
    CHECK(axis.low == Approx(-10));
    CHECK(axis.high == Approx(110));
  }
  SECTION("logarithmic where positive values span more than the ratio") {
    const Axis axis = measure_axis({0.01, 1}, 20);
    CHECK(axis.log);
    CHECK(axis.place(0.1) == Approx(-1));
    CHECK(tick_labels(axis) == Labels{"0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"});
    CHECK(tick_labels(measure_axis({1, 1e5}, 20)) ==
          Labels{"1", "10", "100", "1000", "10000", "100000"});
    CHECK_FALSE(measure_axis({0, 1}, 20).log);
    CHECK_FALSE(measure_axis({0.5, 1}, 20).log);
  }
  SECTION("equal values, and none, have an axis all the same") {
    const Axis axis = measure_axis({0.5, 0.5}, 20);
    CHECK(axis.low < 0.5);
    CHECK(axis.high > 0.5);
    const Axis last_bit = measure_axis({0.3, 0.1 + 0.2}, 20);
    CHECK(last_bit.ticks.size() >= 2);
    CHECK(last_bit.ticks.size() < 10);
    CHECK(measure_axis({}, 20).low < measure_axis({}, 20).high);
  }
  SECTION("bars start at 0") {
    CHECK(bar_axis({0.8, 0.9}).low == 0);
    CHECK(bar_axis({0.8, 0.9}).high > 0.9);
    CHECK(bar_axis({-0.1, 0.9}).low < -0.1);
  }
}

TEST_CASE("Axes of swept keys") {
  SECTION("numbers by size, at their places, each with a tick") {
    const ParameterAxis axis = parameter_axis({"50", "10", "20"}, 300);
    CHECK(axis.numeric);
    CHECK(axis.values == Labels{"10", "20", "50"});
    CHECK(axis.place("20") == 20);
    CHECK(tick_labels(axis.axis) == Labels{"10", "20", "50"});
  }
  SECTION("logarithmic where they span decades") {
    const ParameterAxis axis = parameter_axis({"1", "10", "100"}, 300);
    CHECK(axis.axis.log);
    CHECK(axis.place("10") == Approx(1));
  }
  SECTION("evenly spaced where a zero is among such: it has no logarithm") {
    const ParameterAxis axis = parameter_axis({"0", "0.0001", "0.001"}, 300);
    CHECK(axis.numeric);
    CHECK(axis.places == std::vector<double>{0, 1, 2});
  }
  SECTION("names in the order given") {
    const ParameterAxis axis = parameter_axis({"sgd", "adam(lr=0.1)"}, 300);
    CHECK_FALSE(axis.numeric);
    CHECK(axis.values == Labels{"sgd", "adam(lr=0.1)"});
    CHECK(axis.place("adam(lr=0.1)") == 1);
  }
  SECTION("no tick's label touches another") {
    CHECK(tick_labels(parameter_axis({"100", "101", "200"}, 100).axis) == Labels{"100", "200"});
  }
}

TEST_CASE("Numbers as ticks and lists write them") {
  CHECK(number_text(0.001) == "0.001");
  CHECK(number_text(0.00001) == "1e-5");
  CHECK(number_text(25) == "25");
  CHECK(number_text(1200000) == "1.2e6");
  CHECK(number_text(0) == "0");
}
