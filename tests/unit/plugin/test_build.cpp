#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

#include "cofi/metric.hpp"

#include "plugin/registry.hpp"
#include "unit/plugin/bad_plugins.hpp"

namespace {

using cofi::plugin::Registry;
using Json = nlohmann::ordered_json;

Registry registry() { return Registry({cofi::test::bad_plugins()}); }

// What building it in the place says.
std::string building(const Json& spec, const std::string& place) {
  return cofi::test::message_of([&] { registry().build<cofi::Metric>(spec, place); });
}

// Every parameter of metric/parameters; its value is 3 + 0.5 + 5 + 10.
Json parameters() {
  return {{"use", "parameters"},
          {"count", 3},
          {"rate", 0.5},
          {"flag", false},
          {"title", "plain"},
          {"mode", "slow"},
          {"maybe", nullptr},
          {"at", {5, 10}},
          {"one", nullptr},
          {"several", Json::array()},
          {"named", Json::object()}};
}

cofi::MetricValue value_of(const Json& spec) {
  const cofi::Interactions none;
  const cofi::EvalContext context{none, {}, {}, 0, {}, {}, 0};
  return registry().build<cofi::Metric>(spec, "metrics.0")->compute(context);
}

}  // namespace

TEST_CASE("building a plugin's object") {
  SECTION("every type of parameter arrives") {
    CHECK(value_of(parameters()).value == 18.5);
    Json spec = parameters();
    spec["rate"] = 1;  // an integer where a real is wanted
    spec["flag"] = true;
    spec["mode"] = "fast";
    spec["maybe"] = 2;
    spec["at"] = {1, 2, 3};
    CHECK(value_of(spec).value == 3 + 1 + 1000 + 2000 + 200 + 6);
  }
  SECTION("nested plugins are built first and handed over, in order and by name") {
    Json spec = parameters();
    spec["one"] = parameters();
    spec["several"] = {{{"use", "good"}}, parameters()};
    spec["named"] = {{"z", {{"use", "good"}}}, {"longer", parameters()}};
    const cofi::MetricValue value = value_of(spec);
    // Those of metric/parameters, of which there are three, say that higher is better.
    CHECK(value.value == 18.5 + 3 * 10000);
    CHECK(value.per_user == std::vector<double>{3, 4, 10, 1, 6});
  }
  SECTION("keys beside the table's are the caller's own") {
    Json spec = parameters();
    spec["validation"] = nullptr;
    CHECK(value_of(spec).value == 18.5);
  }
  SECTION("a plugin outside the folders") {
    const Registry nowhere({});
    const cofi_plugin& plugin = nowhere.open(cofi::test::bad_plugin("good"));
    CHECK_FALSE(nowhere.build<cofi::Metric>(plugin, Json::object(), "")->higher_is_better());
  }
  SECTION("from several threads") {
    const Registry shared({cofi::test::bad_plugins()});
    std::vector<std::thread> threads;
    std::vector<int> built(8);
    for (std::size_t n = 0; n < built.size(); ++n) {
      threads.emplace_back([&, n] {
        for (int again = 0; again < 20; ++again) {
          built[n] += shared.build<cofi::Metric>(parameters(), "")->higher_is_better() ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(built == std::vector<int>(8, 20));
  }
}

TEST_CASE("what a constructor throws names the plugin and its place") {
  const auto throwing = [](const std::string& what) {
    return building({{"use", "throwing"}, {"what", what}}, "x.yaml:4:2 (metrics.0)");
  };
  const std::string lead = "metric/throwing (x.yaml:4:2 (metrics.0)): ";
  CHECK(throwing("error") == lead + "the moon is in the wrong phase");
  CHECK(throwing("rule") == lead + "what: 'rule' needs a ruler");
  CHECK(throwing("std") == lead + "out of some range");
  CHECK(throwing("c10") == lead + "a tensor of the wrong shape");
  CHECK(throwing("other") == lead + "its constructor threw something that is no std::exception");
  CHECK(building({{"use", "throwing"}, {"what", "std"}}, "") ==
        "metric/throwing: out of some range");
  CHECK(building({{"use", "returns_null"}}, "m") ==
        "metric/returns_null (m): its create function returned nothing");
  CHECK_THROWS_AS(
      registry().build<cofi::Metric>(Json{{"use", "throwing"}, {"what", "interrupted"}}, ""),
      cofi::Interrupted);
  // Of a nested plugin, its own place alone.
  Json spec = parameters();
  spec["named"] = {{"inner", {{"use", "throwing"}, {"what", "std"}}}};
  CHECK(building(spec, "metrics.0") ==
        "metric/throwing (metrics.0.named.inner): out of some range");
  spec = parameters();
  spec["several"] = {{{"use", "nobody"}}};
  CHECK(building(spec, "metrics.0").find("no plugin 'metric/nobody'") == 0);
  // A parameter without a value is the framework's mistake, not the user's.
  spec = parameters();
  spec.erase("rate");
  CHECK_THROWS_WITH(registry().build<cofi::Metric>(spec, "metrics.0"),
                    "metric/parameters is built without a value for 'rate': its parameters are not "
                    "resolved");
}
