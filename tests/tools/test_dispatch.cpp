// What the words of a command line mean, without a process for each.
#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace {

using cofi::test::TempFolder;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

// What the words, split at blanks, print to stdout.
std::string printed(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  std::ostringstream text;
  std::streambuf* before = std::cout.rdbuf(text.rdbuf());
  try {
    cofi::cli::dispatch(words);
  } catch (...) {
    std::cout.rdbuf(before);
    throw;
  }
  std::cout.rdbuf(before);
  return text.str();
}

// The message of the Error.
std::string refusal(const std::string& line) {
  try {
    printed(line);
  } catch (const cofi::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the command line helps") {
  SECTION("cofi --help names every command, and each of them helps with examples") {
    const std::string help = printed("--help");
    CHECK(has(help, "Exit codes: 0 done, 1 a bug in cofi, 2 something to mend"));
    for (const std::string command :
         {"run", "report", "check", "list", "describe", "schema", "predict", "recommend", "similar",
          "check-plugin", "new", "export"}) {
      CHECK(has(help, "\n  " + command + " "));
      const std::string its = printed(command + " --help");
      CHECK(its.find("Usage: cofi " + command) == 0);
      CHECK(has(its, "\nExamples:\n  cofi " + command));
    }
    const std::string run = printed("run --help");
    for (const char* option :
         {"--set PATH=VALUE", "--out DIR", "--fresh", "--dry-run", "--np N", "--ranks A-B",
          "--world N", "--master HOST:PORT", "-q, --quiet", "-v, --verbose", "--plugin-path DIR"}) {
      CHECK(has(run, option));
    }
    CHECK_FALSE(has(run, "--cell"));
  }
  SECTION("what does not exist is refused, and the nearest named") {
    CHECK(refusal("rnu x.yaml") ==
          "cofi has no command 'rnu', did you mean 'run'? there are: run, report, evaluate, "
          "compare, replay, predict, recommend, similar, check, list, describe, schema, new, "
          "check-plugin, comm, export");
    CHECK(refusal("--versoin") ==
          "cofi has no option '--versoin', did you mean '--version'? there are: --help, "
          "--version");
    CHECK(refusal("check x.yaml --sett a=1") ==
          "cofi check has no option '--sett', did you mean '--set'? there are: --set, "
          "--plugin-path");
    CHECK(refusal("run x.yaml -z").find("cofi run has no option '-z'") == 0);
    // No guessing from the start of a name: tomorrow's option might share it.
    CHECK(has(refusal("run x.yaml --fres"), "did you mean '--fresh'?"));
  }
  SECTION("too few, too many, and none of a value") {
    CHECK(refusal("run") == "cofi run takes SPEC, and got nothing; see cofi run --help");
    CHECK(refusal("list model svd") ==
          "cofi list takes [KIND], and got model, svd; see cofi list --help");
    CHECK(has(refusal("run x.yaml --out"), "see cofi run --help"));
    CHECK(refusal("run x.yaml --out a --out b") == "--out stands twice: 'a' and 'b'; give it once");
    CHECK(has(refusal("run x.yaml -q -v"), "contradict each other"));
    CHECK(has(refusal("export split x.yaml"), "needs --out"));
    CHECK(has(refusal("export splits x.yaml"), "did you mean 'split'?"));
  }
}

TEST_CASE("cofi new") {
  const TempFolder folder;
  SECTION("writes a folder of its own, and never over another") {
    const std::string mine = folder / "mine";
    CHECK(printed("new model two-words --dir " + mine) ==
          mine + "/CMakeLists.txt\n" + mine + "/README.md\n" + mine + "/experiment.yaml\n" + mine +
              "/two-words.cpp\n");
    const std::string source = cofi::test::read_file(mine + "/two-words.cpp");
    CHECK(has(source, "class TwoWords final : public cofi::Model"));
    CHECK_FALSE(has(source, "{{"));
    CHECK(refusal("new model two-words --dir " + mine) ==
          mine + " is there already; cofi new overwrites nothing: name another folder with --dir");
    CHECK(cofi::test::read_file(mine + "/two-words.cpp") == source);
  }
  SECTION("names and kinds are checked") {
    for (const char* name : {"Mine", "3d", "../up", "a.b", "_x"}) {
      CHECK(has(refusal(std::string("new model ") + name + " --dir " + folder / "x"),
                "a name starts with a small letter and has small letters, digits, _ and -"));
    }
    CHECK(has(refusal("new metrics mine"), "did you mean 'metric'?"));
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}
