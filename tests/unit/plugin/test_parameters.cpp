// What a user is told about parameters that a plugin's rows do not allow.
#include <catch2/catch.hpp>

#include <string>

#include "spec/experiment.hpp"
#include "unit/plugin/bad_plugins.hpp"

namespace {

using cofi::plugin::Registry;

// Of metric/parameters: one message a line.
std::string complaint(const std::string& yaml) {
  const Registry registry({cofi::test::bad_plugins()});
  return cofi::test::message_of([&] {
    cofi::spec::check_parameters(registry.get("metric", "parameters"), yaml, "spec.yaml", registry);
  });
}

}  // namespace

TEST_CASE("parameters that a plugin's rows do not allow") {
  SECTION("unknown: the nearest, and all there are") {
    CHECK(complaint("{count: 3, raet: 0.1}") ==
          "spec.yaml:1:12: raet: unknown key of metric/parameters, did you mean 'rate'? allowed: "
          "use, from, count, rate, flag, title, mode, maybe, at, one, several, named");
  }
  SECTION("missing: what it is for, and what is allowed") {
    CHECK(complaint("{rate: 0.1}") ==
          "spec.yaml:1:1: count: missing; metric/parameters needs it: An integer that must be "
          "given. Allowed: an integer from 1 to 10");
  }
  SECTION("mistyped: the value, and what is allowed") {
    CHECK(complaint("{count: three}") ==
          "spec.yaml:1:9: count: the string 'three' is not an integer; allowed: an integer from 1 "
          "to 10");
    CHECK(complaint("{count: 2.5}").find("count: the number 2.5 is not an integer") !=
          std::string::npos);
    CHECK(complaint("{count: 3, flag: 1}").find("flag: the number 1 is not") != std::string::npos);
    CHECK(complaint("{count: 3, at: 5}").find("at: the number 5 is not a list, write [5]") !=
          std::string::npos);
  }
  SECTION("out of range, also in a list, and not among the choices") {
    CHECK(complaint("{count: 11}") ==
          "spec.yaml:1:9: count: the number 11 is out of range; allowed: an integer from 1 to 10");
    CHECK(
        complaint("{count: 3, at: [5, 101]}") ==
        "spec.yaml:1:20: at.1: the number 101 is out of range; allowed: an integer from 1 to 100");
    CHECK(complaint("{count: 3, mode: fats}") ==
          "spec.yaml:1:18: mode: the string 'fats' is not among the choices, did you mean 'fast'? "
          "allowed: slow, fast");
  }
  SECTION("all of them at once") {
    const std::string all = complaint("{raet: 0.1, mode: fats}");
    CHECK(all.find("raet: unknown") != std::string::npos);
    CHECK(all.find("count: missing") != std::string::npos);
    CHECK(all.find("mode: the string 'fats'") != std::string::npos);
  }
  SECTION("a plugin that stands in no folder is checked by its own rows") {
    const Registry nowhere({});
    const cofi_plugin& plugin = nowhere.open(cofi::test::bad_plugin("parameters"));
    const auto json = cofi::spec::check_parameters(plugin, "{count: 3}", "here", nowhere);
    CHECK(json.at("rate") == 0.5);
    CHECK(json.at("at") == std::vector<int>{5, 10});
  }
}
