// The runner as people type it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace {

using cofi::test::Outcome;
using cofi::test::shell;
using cofi::test::TempFolder;

std::string bad_plugins() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bad_plugins";
}
std::string bad_plugin(const std::string& name) {
  return bad_plugins() + "/metric/" + name + ".so";
}

bool has(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// A mistake of the user's: exit code 2, nothing on stdout, the message on stderr.
std::string refusal(const std::string& command) {
  const Outcome outcome = shell(command);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  return outcome.err;
}

}  // namespace

TEST_CASE("exit codes and streams") {
  SECTION("a mistake: 2, nothing on stdout, the message on stderr") {
    CHECK(refusal("cofi run x.yaml --outt y").find("cofi run has no option '--outt'") == 0);
    CHECK(refusal("cofi").find("Usage: cofi COMMAND") == 0);
  }
  SECTION("cofi --version says what this build is made of") {
    const Outcome version = shell("cofi --version");
    CHECK(version.code == 0);
    const std::vector<std::string> said = lines(version.out);
    REQUIRE(said.size() == 5);
    CHECK(said[0].find("cofi 0.1.0") == 0);
    CHECK(said[1].find("build tag: headers=") == 0);
    CHECK(said[2].find("LibTorch: ") == 0);
    CHECK(said[3].find("compiler: ") == 0);
    CHECK(said[4].find("backends: ") == 0);
    CHECK(has(said[4], "gloo, local"));
  }
}

TEST_CASE("results go to stdout, and its reader may leave") {
  SECTION("a closed pipe is no crash and no complaint") {
    // Much text, so that the write fails that the pipe no longer takes, and not the last one alone.
    for (const char* command : {"cofi schema", "cofi describe model/svd"}) {
      const Outcome outcome =
          shell("{ " + std::string(command) + "; echo \"code $?\" >&2; } | true");
      CHECK(outcome.err == "code 0\n");
    }
  }
  SECTION("a full disk is an error") {
    const Outcome outcome = shell("cofi list > /dev/full");
    CHECK(outcome.code == 2);
    CHECK(outcome.err == "cannot write all results to the standard output; is the disk full?\n");
  }
}

TEST_CASE("cofi list") {
  SECTION("columns are aligned: what, version, summary, file") {
    const Outcome all = shell("cofi list");
    CHECK(all.code == 0);
    CHECK(all.err.empty());
    const std::vector<std::string> rows = lines(all.out);
    REQUIRE(rows.size() >= 10);
    const std::size_t version = rows[0].find("1.0.0");
    const std::size_t file = rows[0].find('/');
    REQUIRE(file != std::string::npos);
    for (const std::string& row : rows) {
      if (has(row, "(not built: ")) continue;
      CHECK(row.substr(version, 5) == "1.0.0");
      CHECK(row[version - 1] == ' ');
      CHECK(has(row, ".so"));
    }
    CHECK(has(all.out, "model/svd "));
    const Outcome models = shell("cofi list model");
    CHECK(has(models.out, "model/svd "));
    CHECK_FALSE(has(models.out, "metric/"));
  }
  SECTION("another build's files, and what is none, are shown as such") {
    const TempFolder folder;
    folder.write("metric/text.so", "plain text");
    std::filesystem::copy_file(bad_plugin("other_build"), folder / "metric/other_build.so");
    const Outcome all = shell("cofi list metric --plugin-path " + folder.path().string());
    CHECK(all.code == 0);
    CHECK(has(all.out, "metric/other_build  "));
    CHECK(has(all.out, "0.9.0  (built against another cofi)  "));
    CHECK(has(all.out, "it is not an ELF shared library)"));
  }
  SECTION("an unknown kind") {
    CHECK(refusal("cofi list modle") ==
          "no kind of plugin 'modle', did you mean 'model'? there are: dataset, splitter, model, "
          "optimizer, metric, backend\n");
  }
}

TEST_CASE("cofi describe") {
  SECTION("what there is not, and what is no KIND/NAME") {
    CHECK(refusal("cofi describe model/svdd")
              .find("no plugin 'model/svdd', did you mean 'model/svd'? there are: ") == 0);
    CHECK(refusal("cofi describe svd") ==
          "cofi describe takes KIND/NAME ('model/svd'), and got 'svd'; cofi list shows what there "
          "is\n");
  }
  SECTION("every type of row, as YAML to paste") {
    const Outcome yaml =
        shell("cofi describe metric/parameters --plugin-path '" + bad_plugins() + "'");
    CHECK(yaml.code == 0);
    for (const char* part :
         {"# metric/parameters 1.0.0: Has every type of row.\n", "\nuse: parameters\n",
          "\n# An integer that must be given. (int, 1 to 10)\n# count:  # required\n",
          "\n# A real. (real, 0 to 1)\nrate: 0.5\n", "\n# A bool. (bool)\nflag: true\n",
          "\n# One of two. (slow | fast)\nmode: slow\n",
          "\n# An integer or nothing. (int, 0 to 9)\nmaybe: null\n",
          "\n# A list of integers. (a list of int, 1 to 100, late: one fit serves every value)\n",
          "\nat: [5, 10]\n", "\n# A metric or nothing. (metric)\none: null\n",
          "\n# Metrics by name. (a map of metrics)\nnamed: {}\n"}) {
      CHECK(has(yaml.out, part));
    }
    CHECK(has(shell("cofi describe model/svd").out, "it needs an `optimizer`"));
  }
  SECTION("the same as JSON") {
    const Outcome text =
        shell("cofi describe metric/parameters --json --plugin-path '" + bad_plugins() + "'");
    const auto json = nlohmann::json::parse(text.out);
    CHECK(json.at("kind") == "metric");
    CHECK(json.at("name") == "parameters");
    CHECK(json.at("file") == bad_plugin("parameters"));
    CHECK(json.at("build_tag").get<std::string>().find("headers=") == 0);
    const auto& rows = json.at("parameters");
    REQUIRE(rows.size() == 10);
    CHECK(rows[0].at("name") == "count");
    CHECK(rows[0].at("required") == true);
    CHECK(rows[0].count("default") == 0);
    CHECK(rows[0].at("low") == 1);
    CHECK(rows[0].at("high") == 10);
    CHECK(rows[1].at("default") == 0.5);
    CHECK(rows[4].at("choices") == std::vector<std::string>{"slow", "fast"});
    CHECK(rows[5].at("default").is_null());
    CHECK(rows[6].at("shape") == "list");
    CHECK(rows[6].at("default") == std::vector<int>{5, 10});
    CHECK(rows[6].at("late") == true);
    CHECK(rows[7].at("kind") == "metric");
    CHECK(rows[9].at("shape") == "map");
  }
}

TEST_CASE("cofi check") {
  const Outcome good = shell("cofi check experiments/quickstart.yaml");
  CHECK(good.code == 0);
  CHECK(good.out == "experiments/quickstart.yaml: ok, 2 rows\n");
  const std::string twice =
      refusal("cofi check experiments/quickstart.yaml --set sede=1 --set train.epohcs=3");
  CHECK(has(twice, "did you mean 'seed'?"));
  CHECK(has(twice, "did you mean 'epochs'?"));
  CHECK(has(refusal("cofi check nowhere.yaml"), "nowhere.yaml"));
}

TEST_CASE("cofi check-plugin") {
  SECTION("a good plugin: a line a check") {
    const std::string good = bad_plugins() + "/../../lib/cofi/plugins/metric/rmse.so";
    const Outcome outcome = shell("cofi check-plugin '" + good + "'");
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find("ok    is built from its parameters\n") == 0);
    CHECK(has(outcome.out, "\nmetric/rmse: all "));
    CHECK_FALSE(has(outcome.out, "FAIL"));
  }
  SECTION("a crash, an end and a standstill of the process are findings") {
    const auto finding = [](const std::string& name, const std::string& options) {
      const Outcome outcome = shell("cofi check-plugin '" + bad_plugin(name) + "' " + options);
      CHECK(outcome.code == 2);
      return outcome.out;
    };
    CHECK(
        has(finding("exiting", ""), "FAIL  leaves the process alone: it ended with exit code 0\n"));
    // What it left behind has the pipe open until cofi ends: nobody may wait for the other.
    const std::string forking = finding("forking", "");
    CHECK(has(forking, "FAIL  leaves the process alone: it ended with exit code 7\n"));
    CHECK(has(forking, "      while asked: "));
    CHECK(has(finding("endless", "--timeout 3"),
              "FAIL  comes to an end within 3 s: it was killed\n"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // signals become exits
    CHECK(has(finding("crashing", ""),
              "FAIL  survives its checks: signal 11 (Segmentation fault) ended the process\n"));
#endif
  }
  SECTION("a constructor that throws, parameters as --set gives them") {
    const Outcome thrown =
        shell("cofi check-plugin '" + bad_plugin("throwing") + "' --set what=rule");
    CHECK(thrown.code == 2);
    CHECK(has(thrown.out, "FAIL  is built from its parameters: "));
    CHECK(has(thrown.out, "what: 'rule' needs a ruler"));
    CHECK(has(refusal("cofi check-plugin '" + bad_plugin("throwing") + "' --set what=ruel"),
              "did you mean 'rule'?"));
    CHECK(has(refusal("cofi check-plugin '" + bad_plugin("throwing") + "' --set what"),
              "--set takes NAME=VALUE, and got 'what'"));
  }
  SECTION("what cannot be opened") {
    CHECK(has(refusal("cofi check-plugin '" + bad_plugin("other_build") + "'"),
              "was built against another cofi; rebuild it"));
    CHECK(has(refusal("cofi check-plugin nowhere.so"), "cannot open "));
    CHECK(has(refusal("cofi check-plugin nowhere.so --timeout soon"),
              "--timeout takes a number of seconds of 1 or more, and got 'soon'"));
  }
}
