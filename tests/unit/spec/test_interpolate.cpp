#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include "cofi/error.hpp"

#include "spec/defaults.hpp"
#include "spec/interpolate.hpp"
#include "spec/parser.hpp"

namespace {

// The spec with everything interpolated, as JSON; or what is wrong with it.
std::string resolved(const std::string& text) {
  cofi::spec::Problems problems;
  const cofi::spec::Node root = cofi::spec::parse(text, "f", problems);
  const cofi::spec::Node result = cofi::spec::Interpolator(root, problems).resolve(root, "");
  try {
    problems.raise();
  } catch (const cofi::Error& error) {
    return error.what();
  }
  return cofi::spec::to_json(result).dump();
}

}  // namespace

TEST_CASE("${key.path} stands for a value of the spec, with its type") {
  CHECK(resolved("{a: {b: 3}, c: '${a.b}'}") == R"({"a":{"b":3},"c":3})");
  CHECK(resolved("{a: 1.50, b: \"${a}\", c: 'x-${a}'}") == R"({"a":1.5,"b":1.5,"c":"x-1.50"})");
  CHECK(resolved("{a: [1, {k: true}], b: '${a.1.k}', c: '${a}'}") ==
        R"({"a":[1,{"k":true}],"b":true,"c":[1,{"k":true}]})");
  CHECK(resolved("{a: '${b}', b: '${c}', c: null}") == R"({"a":null,"b":null,"c":null})");
  CHECK(resolved("{a: adam, b: '${a.use}'}") == R"({"a":"adam","b":"adam"})");
  CHECK(resolved("{a: x, b: '${a}${a}-$${a}-$'}") == R"({"a":"x","b":"xx-${a}-$"})");
  CHECK(resolved("{a: '3', b: '${a}'}") == R"({"a":"3","b":"3"})");
}

TEST_CASE("${env:NAME} stands for the environment's text, read as YAML reads it") {
  setenv("COFI_TEST_NUMBER", "12", 1);
  setenv("COFI_TEST_TEXT", "${a}", 1);
  setenv("COFI_TEST_EMPTY", "", 1);
  unsetenv("COFI_TEST_NONE");
  CHECK(resolved("{a: '${env:COFI_TEST_NUMBER}', b: 'n${env:COFI_TEST_NUMBER}'}") ==
        R"({"a":12,"b":"n12"})");
  CHECK(resolved("{a: '${env:COFI_TEST_EMPTY}', b: 'n${env:COFI_TEST_EMPTY}'}") ==
        R"({"a":null,"b":"n"})");
  CHECK(resolved("{a: 1, b: '${env:COFI_TEST_TEXT}'}") == R"({"a":1,"b":"${a}"})");
  CHECK(resolved("{a: {b: '${env:COFI_TEST_NONE}'}}") ==
        "f:1:9: a.b: ${env:COFI_TEST_NONE}: the environment variable 'COFI_TEST_NONE' is not set");
  setenv("COFI_TEST_BYTES", "\xff", 1);
  CHECK(resolved("{a: '${env:COFI_TEST_BYTES}'}") ==
        "f:1:5: a: ${env:COFI_TEST_BYTES}: the environment variable 'COFI_TEST_BYTES' is not UTF-8 "
        "text");

  SECTION("the resolved spec keeps it, and leaves paths to be interpolated") {
    cofi::spec::Problems problems;
    const auto kept = [&](const std::string& text) {
      return cofi::spec::to_json(
                 cofi::spec::resolve_environment(cofi::spec::parse(text, "f", problems)))
          .dump();
    };
    CHECK(kept("{a: '${env:COFI_TEST_NUMBER}', b: '${a}', c: 'x${env:COFI_TEST_NUMBER}${a}'}") ==
          R"({"a":12,"b":"${a}","c":"x12${a}"})");
    CHECK(kept("{a: '${env:COFI_TEST_TEXT}', b: 'x${env:COFI_TEST_TEXT}$${c}'}") ==
          R"({"a":"$${a}","b":"x$${a}$${c}"})");
  }
}

TEST_CASE("Interpolations that lead nowhere say so") {
  CHECK(resolved("{models: {svd: 1}, b: '${models.sdv}'}") ==
        "f:1:23: b: ${models.sdv} names nothing in this spec, did you mean 'svd'? there is: svd");
  CHECK(resolved("{a: 1, b: '${a.c}'}") == "f:1:11: b: ${a.c} names nothing in this spec");
  CHECK(resolved("{seed: 1, b: '${qq}'}") ==
        "f:1:14: b: ${qq} names nothing in this spec; there is: seed, b");
  CHECK(resolved("{a: '${b}', b: 'x${a}'}") ==
        "f:1:5: a: ${b} leads back to itself: b -> a -> b\n"
        "f:1:16: b: ${a} leads back to itself: a -> b -> a");
  CHECK(resolved("{a: '${a}'}") == "f:1:5: a: ${a} leads back to itself: a -> a");
  CHECK(resolved("{a: '${b'}") == "f:1:5: a: a '${' without its '}' (for a plain one: $${)");
  CHECK(resolved("{a: '${}'}") ==
        "f:1:5: a: '' is no path; a path is keys with dots between: a.b.c");
  CHECK(resolved("{a: [1], b: 'x${a}'}") ==
        "f:1:13: b: ${a} is a list, which cannot stand within text");
}

TEST_CASE("Interpolation has limits") {
  std::string bomb = "v0: 0123456789\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "${v" + std::to_string(i - 1) + "}";
    bomb += "v" + std::to_string(i) + ": '" + before + before + "'\n";
  }
  CHECK_THAT(resolved(bomb), Catch::Contains("interpolation makes this spec too large"));
  std::string lists = "v0: [1]\n";
  for (int i = 1; i < 80; ++i) {
    lists += "v" + std::to_string(i) + ": ['${v" + std::to_string(i - 1) + "}']\n";
  }
  CHECK_THAT(resolved(lists), Catch::Contains("interpolation makes this spec too deep"));
}
