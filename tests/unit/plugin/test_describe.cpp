// What `cofi describe` prints is what the plugin's rows say, read back.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>

#include "command.hpp"
#include "spec/experiment.hpp"
#include "unit/plugin/bad_plugins.hpp"

TEST_CASE("what cofi describe prints of a plugin of the build checks as it stands") {
  const auto registry = cofi::plugin::Registry::standard();
  const std::vector<cofi::plugin::Listing> all = registry.list();
  REQUIRE(all.size() >= 10);
  for (const cofi::plugin::Listing& each : all) {
    const std::string which = each.kind + "/" + each.name;
    INFO(which << " " << each.problem);
    if (each.path.empty()) {  // one that says why it was not built
      CHECK(each.problem.find("not built: ") == 0);
      continue;
    }
    REQUIRE(each.problem.empty());
    std::ostringstream described;
    std::streambuf* before = std::cout.rdbuf(described.rdbuf());
    const int code = cofi::cli::dispatch({"describe", which});
    std::cout.rdbuf(before);
    REQUIRE(code == 0);
    const cofi_plugin& plugin = registry.get(each.kind, each.name);
    std::string missing;  // the required parameters' names
    for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
      if (plugin.params[n].fallback == nullptr) missing += plugin.params[n].name;
    }
    const auto check = [&](const std::string& yaml) {
      return cofi::spec::check_parameters(plugin, yaml, which, registry);
    };
    if (missing.empty()) {
      CHECK(check(described.str()) == check("{}"));
    } else {
      // The required ones, which wait as comments, are all that is amiss.
      const auto message = [&](const std::string& yaml) {
        return cofi::test::message_of([&] { check(yaml); });
      };
      const std::string said = message(described.str()), bare = message("{}");
      CHECK(said.find("missing") != std::string::npos);
      CHECK(std::count(said.begin(), said.end(), '\n') ==
            std::count(bare.begin(), bare.end(), '\n'));
    }
  }
}
