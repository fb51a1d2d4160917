#include <catch2/catch.hpp>

#include <string>

#include "spec/experiment.hpp"
#include "spec/grammar.hpp"
#include "unit/spec/fake_catalogue.hpp"

using cofi::spec::Json;

TEST_CASE("The schema has every key of the language and of the plugins") {
  const Json schema = cofi::spec::schema(cofi::test::FakeCatalogue());
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["additionalProperties"] == false);
  for (const std::string& key : cofi::spec::top_block().names()) {
    INFO(key);
    CHECK(schema["properties"].contains(key));
    CHECK(schema["properties"][key].contains("description"));
  }
  const Json& train = schema["properties"]["train"]["anyOf"][0];
  CHECK(train["additionalProperties"] == false);
  CHECK(train["properties"]["epochs"]["default"] == 20);
  CHECK(train["properties"]["epochs"]["anyOf"][0] ==
        Json({{"type", "integer"}, {"minimum", 1}, {"maximum", 1000000000}}));

  const Json& models = schema["$defs"]["models"]["anyOf"];
  CHECK(models[0]["enum"] == Json({"bias", "blend", "knn", "mistaken", "nmf", "svd"}));
  const auto svd = std::find_if(models.begin(), models.end(), [](const Json& each) {
    return each.contains("properties") && each["properties"].contains("use") &&
           each["properties"]["use"]["const"] == "svd";
  });
  REQUIRE(svd != models.end());
  CHECK((*svd)["additionalProperties"] == false);
  CHECK((*svd)["properties"]["init"]["anyOf"][0]["enum"] == Json({"cofi", "torch"}));
  CHECK((*svd)["properties"]["init"]["default"] == "cofi");
  CHECK((*svd)["properties"]["init"]["description"] == "What it is.");
  CHECK((*svd)["properties"]["layers"]["default"] == Json({8, 4}));
  CHECK((*svd)["properties"].contains("optimizer"));
  CHECK((*svd)["properties"].contains("train"));
  // Models within models, too.
  CHECK_FALSE(schema["$defs"].contains("model"));
  CHECK_THAT(schema["$defs"]["models"].dump(),
             Catch::Contains("\"parts\"") && Catch::Contains("\"#/$defs/models\""));
  for (const char* kind : {"dataset", "optimizer", "metric", "backend", "similarity", "loss"}) {
    INFO(kind);
    CHECK(schema["$defs"].contains(kind));
  }
}

TEST_CASE("A metric's column shows what makes it another one") {
  const cofi::test::FakeCatalogue catalogue;
  const auto column = [&](const std::string& name, const std::string& yaml) {
    const cofi_plugin& plugin = *catalogue.find("metric", name);
    return cofi::spec::metric_column(cofi::spec::check_parameters(plugin, yaml, "here", catalogue),
                                     plugin);
  };
  CHECK(column("rmse", "") == "rmse");
  CHECK(column("ndcg", "") == "ndcg@10");
  CHECK(column("ndcg", "{at: 5}") == "ndcg@5");
  CHECK(column("ndcg", "{gain: linear}") == "ndcg[gain=linear]@10");
  CHECK(column("regularized_error", "{lambda: 0.02}") == "regularized_error");
  CHECK(column("regularized_error", "{lambda: 1}") == "regularized_error[lambda=1.0]");
}

TEST_CASE("YAML is written as it is read") {
  const Json spec = {
      {"name", "x"},
      {"number", 3},
      {"real", 3.0},
      {"small", 1e-5},
      {"nothing", nullptr},
      {"texts", {"a b", "12", "null", "true", "", "-", "é", "${a}", "a: b", "\n\t\"\\"}},
      {"maps", {{{"use", "a"}, {"n", 1}}, {{"use", "b"}, {"m", Json::object()}}}},
      {"deep", {{"key with blank", {{"list", Json::array()}}}}}};
  CHECK(cofi::spec::to_yaml(spec) ==
        "name: x\n"
        "number: 3\n"
        "real: 3.0\n"
        "small: 1e-05\n"
        "nothing: null\n"
        "texts: [\"a b\", \"12\", \"null\", \"true\", \"\", \"-\", \"é\", \"${a}\", \"a: b\", "
        "\"\\n\\t\\\"\\\\\"]\n"
        "maps: [{use: a, n: 1}, {use: b, m: {}}]\n"
        "deep: {\"key with blank\": {list: []}}\n");
}
