#include <catch2/catch.hpp>

#include <string>

#include "cofi/error.hpp"

#include "spec/defaults.hpp"
#include "spec/parser.hpp"
#include "support/temp_folder.hpp"

using cofi::spec::Node;

namespace {

Node parsed(const std::string& text) {
  cofi::spec::Problems problems;
  Node node = cofi::spec::parse(text, "f.yaml", problems);
  problems.raise();
  return node;
}

std::string mistake(const std::string& text) {
  try {
    parsed(text);
    return "";
  } catch (const cofi::Error& error) {
    return error.what();
  }
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

}  // namespace

TEST_CASE("Every node knows where it stands") {
  const Node root = parsed("a: 1\nb:\n  - x\n  - {c: 'y'}\nd:\n");
  CHECK(cofi::spec::to_json(root).dump() == R"({"a":1,"b":["x",{"c":"y"}],"d":null})");
  CHECK(root.find("a")->place.text() == "f.yaml:1:4");
  CHECK(root.entry("b")->place.text() == "f.yaml:2:1");
  CHECK(root.find("b")->items[0].place.text() == "f.yaml:3:5");
  CHECK(root.find("b")->items[1].entry("c")->place.text() == "f.yaml:4:6");
  CHECK(root.find("b")->items[1].find("c")->place.text() == "f.yaml:4:9");
  CHECK(root.find("d")->is_null());
  CHECK(parsed("").is_null());
  CHECK(parsed("# nothing\n").is_null());
}

TEST_CASE("Aliases are copies") {
  CHECK(cofi::spec::to_json(parsed("a: &x {k: [1, 2]}\nb: *x\nc: &x 3\nd: *x\n")).dump() ==
        R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":3,"d":3})");
}

TEST_CASE("Text that is no strict YAML is refused, with its place") {
  CHECK(mistake("a: 1\nb: 2\na: 3\n") ==
        "f.yaml:3:1: the key 'a' stands here again; it is first at f.yaml:1:1");
  CHECK(mistake("a: {x: 1, x: 2, y: 1}\n") ==
        "f.yaml:1:11: the key 'x' stands here again; it is first at f.yaml:1:5");
  CHECK(mistake("a: 1\n'a': 3\nb: {c: 1, c: 2}\n") ==
        "f.yaml:2:1: the key 'a' stands here again; it is first at f.yaml:1:1\n"
        "f.yaml:3:11: the key 'c' stands here again; it is first at f.yaml:3:5");
  CHECK(mistake("a: 1\n---\nb: 2\n") == "f.yaml:2:1: a second document; a file holds one");
  CHECK(mistake("x: &x {a: 1}\ny:\n  <<: *x\n") ==
        "f.yaml:3:3: a merge key (<<); use 'from' to build on another map");
  CHECK(mistake("a: &x [*x]\n") == "f.yaml:1:8: an alias of the value that contains it");
  CHECK(mistake("a: &x {b: *x}\n") == "f.yaml:1:11: an alias of the value that contains it");
  CHECK(mistake("a: *x\n") == "f.yaml:1:4: not YAML: the referenced anchor is not defined");
  CHECK(mistake("a: !!int 3\n") ==
        "f.yaml:1:4: a tag (tag:yaml.org,2002:int); tags have no use "
        "here, quote what is to be a string");
  CHECK_THAT(mistake("a: !x {}\n"), Catch::StartsWith("f.yaml:1:4: a tag (!x)"));
  CHECK(mistake("? [a]\n: 1\n") ==
        "f.yaml:1:3: a key that is not plain text, or a '[' or '{' without its end");
  CHECK(mistake("~: 1\n") == "f.yaml:1:1: a key that is not plain text");
  CHECK(mistake("a: [1, 2\n") == "f.yaml:2:1: not YAML: end of sequence flow not found");
  CHECK_THAT(mistake("a: b: c\n"), Catch::StartsWith("f.yaml:1:5: not YAML: "));
  CHECK(mistake("a: \xff\n") == "f.yaml:1:1: not UTF-8 text");
  CHECK(mistake("\xc3\xa9: 1\nb: x\x02\n") ==
        "f.yaml:2:5: a control character (code 2); in double quotes, \"\\x02\" is one");
  CHECK(mistake(std::string("a: x\0N\n", 7)) == "f.yaml:1:5: a control character (code 0)");
  CHECK(mistake("a: \"x\\x02\\t\"\n").empty());
  CHECK(mistake("a: \"x\\0\"\n") == "f.yaml:1:4: a string with a character of code 0");
  CHECK(mistake("a: \"x\\N\"\n") ==
        "f.yaml:1:4: the escapes \\N and \\_; write \\u0085 and \\u00a0");
}

TEST_CASE("A text has limits") {
  CHECK(mistake(nested(64)).empty());
  CHECK(mistake(nested(65)) == "f.yaml:1:65: more than 64 maps and lists in each other");
  CHECK(mistake(std::string((std::size_t{1} << 20) + 1, ' ')) ==
        "f.yaml:1:1: 1048577 bytes; a spec has at most 1048576");
  // Each line has ten of the line before: 10^9 values.
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'j'; ++name) {
    std::string list;
    for (int i = 0; i < 10; ++i) list += std::string(i == 0 ? "*" : ", *") + char(name - 1);
    laughs += std::string(1, name) + ": &" + name + " [" + list + "]\n";
  }
  CHECK_THAT(mistake(laughs), Catch::EndsWith("more than 100000 values (aliases count in full)"));
  std::string aliases = "a: &a 1\nb: [*a";
  for (int i = 0; i < 1000; ++i) aliases += ", *a";
  CHECK_THAT(mistake(aliases + "]\n"), Catch::EndsWith("more than 1000 aliases"));
  CHECK_THAT(
      mistake("a: &a " + nested(40) + "\nb: " + std::string(30, '[') + "*a" + std::string(30, ']')),
      Catch::EndsWith("more than 64 maps and lists in each other"));
}

TEST_CASE("Files that cannot be read say so") {
  cofi::spec::Problems problems;
  const cofi::test::TempFolder folder;
  CHECK_THROWS_WITH(cofi::spec::parse_file(folder / "none.yaml", problems),
                    (folder / "none.yaml") + ": no such file, or it cannot be read");
  CHECK_THROWS_WITH(cofi::spec::parse_file(folder.path().string(), problems),
                    folder.path().string() + ": a folder, not a file");
  const std::string large = folder.write("large.yaml", std::string(3 << 20, '#'));
  CHECK_THROWS_WITH(cofi::spec::parse_file(large, problems),
                    Catch::Contains("a spec has at most 1048576"));
}

TEST_CASE("UTF-8 is told from other bytes") {
  for (const char* text : {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    CHECK(cofi::spec::is_utf8(text));
  }
  for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "a\xe2\x82"}) {
    CHECK_FALSE(cofi::spec::is_utf8(text));
  }
}
