#include "testing/check_plugin.hpp"
#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;

// A metric whose constructor refuses its parameters.
void* refuse(const void*) { throw cofi::Error("metric/picky: at least one cut-off is needed"); }
void* nothing(const void*) { return nullptr; }

cofi_plugin descriptor(const char* kind, void* (*create)(const void*)) {
  cofi_plugin plugin{};
  plugin.kind = kind;
  plugin.name = "picky";
  plugin.create = create;
  return plugin;
}

}  // namespace

TEST_CASE("checking a plugin") {
  const auto registry = cofi::plugin::Registry::standard();
  const std::string built = "is built from its parameters";
  SECTION("asks what its kind asks") {
    const Findings rmse = check_plugin(registry, registry.get("metric", "rmse"), {{"use", "rmse"}});
    CHECK(failures(rmse).empty());
    CHECK(rmse.front().check == built);
    CHECK(rmse.size() > 5);
    const Findings local =
        check_plugin(registry, registry.get("backend", "local"), {{"use", "local"}});
    CHECK(failures(local).empty());
    CHECK(local.back().check == "subgroup");
  }
  SECTION("a constructor that throws is the one finding") {
    for (const char* kind : {"model", "dataset", "splitter", "optimizer", "metric", "backend"}) {
      const Findings refused = check_plugin(registry, descriptor(kind, refuse), {{"use", "picky"}});
      CHECK(failures(refused) == Failed{built});
      CHECK_THAT(refused.front().message,
                 Catch::Matchers::StartsWith("it threw: ") &&
                     Catch::Matchers::Contains("at least one cut-off is needed"));
    }
  }
  SECTION("tells of each check as it starts and ends") {
    std::vector<std::string> started, ended;
    const Watch watch{[&](const std::string& check) { started.push_back(check); },
                      [&](const Finding& finding) {
                        CHECK(finding.passed);
                        ended.push_back(finding.check);
                        CHECK(started == ended);
                      }};
    const Findings all =
        check_plugin(registry, registry.get("metric", "rmse"), {{"use", "rmse"}}, watch);
    CHECK(ended.size() == all.size());
    CHECK(ended.front() == built);
  }
  SECTION("an unknown kind is an error") {
    CHECK_THROWS_WITH(check_plugin(registry, descriptor("modle", nothing), {{"use", "picky"}}),
                      "modle/picky: there is no kind 'modle' to check");
  }
}
