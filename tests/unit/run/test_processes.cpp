#include <catch2/catch.hpp>

#include <string>

#include "run/processes.hpp"

using cofi::run::launch_of;
using cofi::run::ProcessOptions;
using cofi::spec::Json;

namespace {

Json launch(const std::string& processes = "1", const Json& master = nullptr) {
  return {{"processes", processes}, {"backend", nullptr}, {"master", master},
          {"timeout", 60},          {"max_restarts", 2},  {"elastic", true}};
}

std::string refused(const ProcessOptions& flags) {
  try {
    launch_of(flags, launch());
  } catch (const cofi::Error& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("which processes a run is to have") {
  SECTION("the spec's, unless flags say otherwise") {
    CHECK(launch_of({}, launch()).world == 1);
    CHECK(launch_of({}, launch("3")).count == 3);
    CHECK(launch_of({"2", "", "", ""}, launch("3")).world == 2);
    const auto all = launch_of({}, launch("auto"));
    CHECK(all.world >= 1);
    CHECK(all.max_restarts == 2);
    CHECK(all.elastic);
    CHECK(all.timeout_seconds == 60);
  }
  SECTION("a node's ranks") {
    const auto node = launch_of({"", "1-3", "4", "h:1"}, launch());
    CHECK(node.first_rank == 1);
    CHECK(node.count == 3);
    CHECK(node.world == 4);
    CHECK(node.master == "h:1");
    CHECK(launch_of({"", "0", "4", ""}, launch("1", "m:2")).master == "m:2");
    CHECK(launch_of({"", "0-3", "4", ""}, launch()).master.empty());
  }
  SECTION("what contradicts itself") {
    CHECK(refused({"2", "0", "2", "h:1"}) ==
          "--np 2 starts all ranks on this machine: leave out --ranks and --world, or give those "
          "alone");
    CHECK(refused({"", "0", "", ""}) ==
          "--ranks and --world belong together, as in --ranks 1-3 --world 4");
    CHECK(refused({"", "", "", "h:1"}) ==
          "--master h:1 is where ranks of several machines meet: it needs --ranks and --world");
    CHECK(refused({"", "2-1", "4", "h:1"}) ==
          "--ranks 2-1: a world of 4 has the ranks 0 to 3, given as FIRST-LAST or as one number");
    CHECK(refused({"", "4", "4", "h:1"}).find("has the ranks 0 to 3") != std::string::npos);
    CHECK(refused({"", "0", "2", ""}) ==
          "--ranks 0 are not all of a world of 2: say with --master HOST:PORT where the machine of "
          "rank 0 lets the others join");
    CHECK(refused({"zero", "", "", ""}) == "--np zero: a number from 1 to 65536 is expected");
    CHECK(refused({"0", "", "", ""}) == "--np 0: a number from 1 to 65536 is expected");
    CHECK(refused({"", "a-b", "2", "h:1"}) == "--ranks a-b: a number from 0 to 65536 is expected");
  }
}
