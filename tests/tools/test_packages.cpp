// tools/packages with a dpkg and an apt-get of the test's own: nothing is installed here.
#include <catch2/catch.hpp>

#include <string>

#include "support/runner.hpp"
#include "support/temp_folder.hpp"

using Catch::Contains;

TEST_CASE("tools/packages installs what is missing, and says so") {
  const cofi::test::TempFolder root;
  const auto program = [&](const std::string& name, const std::string& text) {
    root.write("bin/" + name, "#!/bin/sh\n" + text);
  };
  // Everything is installed but what the file `missing` names.
  program("dpkg-query", "for last; do :; done; grep -qx \"$last\" '" + (root / "missing") +
                            "' && exit 1; printf installed\n");
  program("apt-get", "echo \"$@\" >>'" + (root / "calls") + "'\n");
  program("id", "cat '" + (root / "user") + "'\n");
  root.write("missing", "cmake\nlibtorch-dev\n");
  root.write("user", "0\n");
  root.write("calls", "");
  // A PATH of these and the few others that the script uses, without sudo.
  const auto packages = [&](const std::string& arguments) {
    return cofi::test::shell("cd '" + (root / "bin") +
                             "' && chmod +x * && for tool in bash awk cat env grep sed; do "
                             "ln -sf \"$(command -v $tool)\" $tool; done; cd '" +
                             std::filesystem::current_path().string() + "' && PATH='" +
                             (root / "bin") + "' tools/packages " + arguments);
  };
  const auto calls = [&] { return cofi::test::read_file(root / "calls"); };

  SECTION("as root: one update, one install, of the missing ones alone") {
    const auto outcome = packages("build");
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "packages: installing with apt-get: cmake libtorch-dev\n");
    CHECK(calls() == "update -q\ninstall -q -y --no-install-recommends cmake libtorch-dev\n");
  }
  SECTION("nothing missing: nothing is done or said") {
    root.write("missing", "");
    const auto outcome = packages("build extras");
    CHECK(outcome.code == 0);
    CHECK(outcome.out.empty());
    CHECK(calls().empty());
  }
  SECTION("neither root nor sudo: the command to run is said") {
    root.write("user", "1000\n");
    const auto outcome = packages("build");
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("apt-get install --no-install-recommends cmake libtorch-dev"));
    CHECK(calls().empty());
  }
  SECTION("with sudo it is used") {
    root.write("user", "1000\n");
    program("sudo", "echo sudo \"$@\" >>'" + (root / "calls") + "'\n");
    const auto outcome = packages("");
    CHECK(outcome.code == 0);
    CHECK_THAT(calls(), Contains("sudo apt-get update") && Contains("sudo env DEBIAN_FRONTEND"));
  }
  SECTION("an unknown group is named") {
    const auto outcome = packages("bild");
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("no group 'bild'; there are build and extras"));
  }
}
