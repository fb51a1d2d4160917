#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "spec/experiment.hpp"
#include "unit/spec/spec_files.hpp"

using cofi::spec::Experiment;
using cofi::test::kSmallSpec;

namespace {

std::string with(const std::string& filters) { return kSmallSpec + ("filters: " + filters + "\n"); }

}  // namespace

TEST_CASE("Filters are steps with parameters, complete in every row") {
  const cofi::test::SpecFiles files;
  CHECK(files.read(kSmallSpec).rows[0].filters.is_null());
  CHECK_FALSE(files.read(kSmallSpec).resolved.contains("filters"));
  const Experiment experiment =
      files.read(with("[{use: k_core, users: 5}, binarise, {use: sample_users, fraction: 0.1}]"));
  const std::string expected =
      R"([{"use":"k_core","users":5,"items":1},{"use":"binarise","min":null},)"
      R"({"use":"sample_users","n":null,"fraction":0.1}])";
  CHECK(experiment.rows[0].filters.dump() == expected);
  CHECK(experiment.rows[1].filters.dump() == expected);
  CHECK(experiment.resolved["filters"].dump() == expected);
  // What a run keeps as spec.yaml is read to the same.
  CHECK(files.read(cofi::spec::to_yaml(experiment.resolved)).rows[0].filters.dump() == expected);

  SECTION("their parameters can be swept") {
    const Experiment swept =
        files.read(with("[{use: k_core, users: 5}]\n"
                        "sweep: [{grid: {filters.0.users: [2, 10]}}]"));
    REQUIRE(swept.rows.size() == 4);
    CHECK(swept.rows[1].filters[0]["users"] == 10);
    CHECK(swept.rows[1].swept[0].first == "filters.0.users");
    CHECK(swept.swept == std::vector<std::string>{"filters.0.users"});
  }
  SECTION("the schema has them") {
    const auto schema = cofi::spec::schema(files.catalogue());
    CHECK(schema["properties"]["filters"]["anyOf"][0]["type"] == "array");
    const auto& steps = schema["$defs"]["filter"]["anyOf"];
    CHECK(std::any_of(steps.begin(), steps.end(), [](const cofi::spec::Json& step) {
      return step.contains("properties") && step["properties"].contains("use") &&
             step["properties"]["use"]["const"] == "k_core" &&
             step["properties"]["items"]["anyOf"][0]["minimum"] == 1;
    }));
  }
}

TEST_CASE("Mistakes in filters are told with their place") {
  const cofi::test::SpecFiles files;
  const auto mistakes = [&](const std::string& filters) { return files.mistakes(with(filters)); };
  CHECK(mistakes("[{use: kcore}]") ==
        "spec.yaml:10:17: filters.0.use: no filter 'kcore', did you mean 'k_core'? there are: "
        "values, times, k_core, top_items, sample_users, implicit, binarise");
  CHECK(mistakes("[{use: k_core, items: 5, user: 5}]") ==
        "spec.yaml:10:35: filters.0.user: unknown key of filter/k_core, did you mean 'use' or "
        "'users'? allowed: use, from, users, items");
  CHECK(mistakes("[{use: k_core, users: 0}]") ==
        "spec.yaml:10:32: filters.0.users: the number 0 is out of range; allowed: an integer from "
        "1 to 2147483647");
  CHECK(mistakes("[{use: top_items}]") ==
        "spec.yaml:10:11: filters.0.n: missing; filter/top_items needs it: How many items to keep. "
        "Allowed: an integer from 1 to 2147483647");
  CHECK(mistakes("{use: binarise}") ==
        "spec.yaml:10:10: filters: a map is not a list; allowed: a list, each the name of a "
        "filter, or {use: its name, its parameters}; or null");
  CHECK(mistakes("[binarise, values]") ==
        "spec.yaml:10:21: filters.1: keeps everything; give it min, max or both");
  CHECK(mistakes("[{use: times, min: 9, max: 8}]") ==
        "spec.yaml:10:11: filters.0: keeps nothing: min is greater than max");
  CHECK(mistakes("[k_core]") ==
        "spec.yaml:10:11: filters.0: keeps everything; give it users, items or both, of 2 at "
        "least");
  CHECK(mistakes("[sample_users]") ==
        "spec.yaml:10:11: filters.0: needs n (how many users) or fraction (the part of them)");
  CHECK(mistakes("[{use: sample_users, n: 3, fraction: 0.5}]") ==
        "spec.yaml:10:11: filters.0: has n and fraction; allowed: one of both");
}
