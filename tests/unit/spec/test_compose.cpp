#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "spec/compose.hpp"
#include "spec/defaults.hpp"
#include "spec/parser.hpp"
#include "support/temp_folder.hpp"

namespace {

cofi::spec::Node parse(const std::string& text) {
  cofi::spec::Problems problems;
  return cofi::spec::parse(text, "f", problems);
}

std::string merged(const std::string& base, const std::string& own) {
  return cofi::spec::to_json(cofi::spec::merge(parse(base), parse(own))).dump();
}

// The spec with the overrides, as JSON; or what is wrong with them.
std::string overridden(const std::string& text, const std::vector<std::string>& overrides) {
  cofi::spec::Problems problems;
  cofi::spec::Node root = parse(text);
  cofi::spec::apply_overrides(root, overrides, problems);
  try {
    problems.raise();
  } catch (const cofi::Error& error) {
    return error.what();
  }
  return cofi::spec::to_json(root).dump();
}

}  // namespace

TEST_CASE("A map's own keys win over what it builds on") {
  CHECK(merged("{a: 1, b: {c: 2, d: 3}}", "{b: {c: 4}, e: 5}") ==
        R"({"a":1,"b":{"c":4,"d":3},"e":5})");
  CHECK(merged("{a: [1, 2], b: 1}", "{a: [3]}") == R"({"a":[3],"b":1})");
  CHECK(merged("{a: 1, b: 2}", "{a: null}") == R"({"b":2})");
  CHECK(merged("{a: 1}", "{b: null}") == R"({"a":1,"b":null})");
  CHECK(merged("{a: {b: 1}}", "{a: 3}") == R"({"a":3})");

  SECTION("where `use` differs the whole map is replaced") {
    CHECK(merged("{o: {use: adam, lr: 1}}", "{o: {use: sgd}}") == R"({"o":{"use":"sgd"}})");
    CHECK(merged("{o: {use: adam, lr: 1}}", "{o: {use: adam, eps: 2}}") ==
          R"({"o":{"use":"adam","lr":1,"eps":2}})");
    CHECK(merged("{o: {use: adam, lr: 1}}", "{o: {lr: 2}}") == R"({"o":{"use":"adam","lr":2}})");
  }
  SECTION("a bare string is short for {use: it}") {
    CHECK(merged("{o: {use: adam, lr: 1}}", "{o: sgd}") == R"({"o":{"use":"sgd"}})");
    CHECK(merged("{o: {use: adam, lr: 1}}", "{o: adam}") == R"({"o":{"use":"adam","lr":1}})");
    CHECK(merged("{o: adam}", "{o: {lr: 1}}") == R"({"o":{"use":"adam","lr":1}})");
    CHECK(merged("{o: adam}", "{o: {use: sgd, lr: 1}}") == R"({"o":{"use":"sgd","lr":1}})");
  }
}

TEST_CASE("`from` reads another file first") {
  const cofi::test::TempFolder folder;
  const auto composed = [&](const std::string& name) {
    cofi::spec::Problems problems;
    const cofi::spec::Node node = cofi::spec::compose_file(folder / name, problems);
    problems.raise();
    return node;
  };
  const auto json = [&](const std::string& name) {
    return cofi::spec::to_json(composed(name)).dump();
  };
  const auto mistake = [&](const std::string& name) {
    try {
      composed(name);
      return std::string();
    } catch (const cofi::Error& error) {
      return std::string(error.what());
    }
  };
  folder.write("parts/model/svd.yaml", "from: ../base.yaml\nuse: svd\nfactors: 5\n");
  folder.write("parts/base.yaml", "clip: true\nfactors: 2\n");

  SECTION("relative to the file that says it, through several files") {
    folder.write("spec.yaml",
                 "m: {from: parts/model/svd.yaml, factors: 7}\nl: [{from: parts/base.yaml}]\n");
    CHECK(json("spec.yaml") ==
          R"({"m":{"clip":true,"factors":7,"use":"svd"},"l":[{"clip":true,"factors":2}]})");
    const cofi::spec::Node node = composed("spec.yaml");
    CHECK(node.find("m")->find("factors")->place.text() == (folder / "spec.yaml") + ":1:42");
    CHECK(node.find("m")->find("use")->place.text() == (folder / "parts/model/svd.yaml") + ":2:6");
    CHECK(node.find("m")->find("clip")->place.text() == (folder / "parts/base.yaml") + ":1:7");
  }
  SECTION("the whole spec, too") {
    folder.write("spec.yaml", "from: parts/model/svd.yaml\nclip: null\n");
    CHECK(json("spec.yaml") == R"({"factors":5,"use":"svd"})");
  }
  SECTION("files that build on each other in a circle") {
    folder.write("a.yaml", "x: {from: parts/b.yaml}\n");
    folder.write("parts/b.yaml", "y: {from: ../a.yaml}\n");
    const std::string a = std::filesystem::canonical(folder / "a.yaml").string();
    const std::string b = std::filesystem::canonical(folder / "parts/b.yaml").string();
    CHECK(mistake("a.yaml") == (folder / "parts/b.yaml") +
                                   ":1:11: from: the files build on each other in a circle: " + a +
                                   " -> " + b + " -> " + a);
  }
  SECTION("mistakes") {
    folder.write("a.yaml", "x: {from: parts/bas.yaml}\n");
    CHECK(mistake("a.yaml") == (folder / "a.yaml") + ":1:11: from: no file '" +
                                   (folder / "parts/bas.yaml") +
                                   "', did you mean 'base.yaml'?; paths are relative to the file "
                                   "that says them");
    folder.write("a.yaml", "from: [1]\n");
    CHECK(mistake("a.yaml") ==
          (folder / "a.yaml") + ":1:7: from: a list is not the path of a YAML file");
    folder.write("a.yaml", "from: ${env:HOME}/x.yaml\n");
    CHECK(mistake("a.yaml") == (folder / "a.yaml") +
                                   ":1:7: from: '${env:HOME}/x.yaml' cannot be interpolated: files "
                                   "are read before ${...} is");
    folder.write("list.yaml", "[1, 2]\n");
    folder.write("a.yaml", "from: list.yaml\n");
    CHECK(mistake("a.yaml") == (folder / "a.yaml") + ":1:7: from: '" + (folder / "list.yaml") +
                                   "' holds a list, not a map");
    folder.write("bad.yaml", "a: [\n");
    folder.write("a.yaml", "from: bad.yaml\n");
    CHECK_THAT(mistake("a.yaml"), Catch::StartsWith((folder / "bad.yaml") + ":2:1: not YAML"));
  }
  SECTION("limits") {
    for (int i = 0; i < 40; ++i) {
      const std::string next = std::to_string(i + 1);
      folder.write(std::to_string(i) + ".yaml", "from: " + next + ".yaml\n");
    }
    folder.write("40.yaml", "a: 1\n");
    CHECK_THAT(mistake("0.yaml"), Catch::EndsWith("more than 32 files build on each other"));
    CHECK(json("20.yaml") == R"({"a":1})");
    // Each file has ten of the next: 10^7 values.
    for (int i = 0; i < 7; ++i) {
      std::string all;
      for (int k = 0; k < 10; ++k) {
        all += "k" + std::to_string(k) + ": {from: b" + std::to_string(i + 1) + ".yaml}\n";
      }
      folder.write("b" + std::to_string(i) + ".yaml", all);
    }
    folder.write("b7.yaml", "a: 1\n");
    CHECK_THAT(mistake("b0.yaml"),
               Catch::EndsWith("from: the files together have more than 100000 values"));
  }
}

TEST_CASE("overrides of --set, parsed as YAML") {
  CHECK(overridden("{a: {b: 1, c: 2}}", {"a.b=[1, {x: y}]"}) ==
        R"({"a":{"b":[1,{"x":"y"}],"c":2}})");
  CHECK(overridden("{a: 1}", {"a=two words", "b.c=1.5", "d='3'"}) ==
        R"({"a":"two words","b":{"c":1.5},"d":"3"})");
  CHECK(overridden("{m: [rmse, {use: ndcg, at: 5}]}", {"m.1.at=10", "m.0=mae"}) ==
        R"({"m":["mae",{"use":"ndcg","at":10}]})");
  CHECK(overridden("{o: adam}", {"o.lr=0.1"}) == R"({"o":{"use":"adam","lr":0.1}})");
  CHECK(overridden("{a: 1, b: {c: 2, d: 3}}", {"b.c=null", "a=", "x.y=null"}) ==
        R"({"b":{"d":3}})");
  CHECK(overridden("{a: 1}", {"a=2", "a=3"}) == R"({"a":3})");
  CHECK(overridden("{a: 1}", {"a=b=c"}) == R"({"a":"b=c"})");

  SECTION("`from` in it is relative to the working directory") {
    const cofi::test::TempFolder folder;
    folder.write("o.yaml", "use: sgd\nlr: 1\n");
    CHECK(overridden("{}", {"o={from: " + (folder / "o.yaml") + ", lr: 2}"}) ==
          R"({"o":{"use":"sgd","lr":2}})");
  }
  SECTION("mistakes name the override") {
    CHECK(overridden("{a: 1}", {"a"}) == "--set a: no '='; write --set a.b.c=value");
    CHECK(overridden("{a: 1}", {"a..b=1"}) ==
          "--set a..b=1: 'a..b' is no path; a path is keys with dots between: a.b.c");
    CHECK(overridden("{a: 1}", {"=1"}) ==
          "--set =1: '' is no path; a path is keys with dots between: a.b.c");
    CHECK(overridden("{a: [1, 2]}", {"a.2=1"}) ==
          "--set a.2=1: a is a list of 2, which has no element '2'; allowed: 0 to 1");
    CHECK(overridden("{a: []}", {"a.x.y=1"}) ==
          "--set a.x.y=1: a is a list of 0, which has no element 'x'");
    CHECK(overridden("{a: [1]}", {"a.0=null"}) ==
          "--set a.0=null: an element of a list cannot be removed; set the whole list");
    CHECK(overridden("{a: 1}", {"a=[1", "b={x: 1, x: 2}"}) ==
          "--set a=[1: a key that is not plain text, or a '[' or '{' without its end\n"
          "--set b={x: 1, x: 2}: the key 'x' stands here again; it is first at "
          "--set b={x: 1, x: 2}");
    CHECK(overridden("{a: 1}", {"a.from=x.yaml"}) ==
          "--set a.from=x.yaml: files are read before --set is; set the map that is to build on "
          "one: --set a.b='{from: FILE}'");
  }
}
