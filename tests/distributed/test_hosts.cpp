// Worlds over several machines: nodes of one rank and of several, on networks as they come.
#include <catch2/catch.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "distributed/hosts.hpp"
#include "experiments/experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;
using cofi::test::Hosts;
using cofi::test::Network;

namespace {

// epochs: as many as make the run last.
std::string spec(int epochs) {
  return cofi::test::kSmallData +
         "threads: 1\n"
         "models:\n"
         "  als: {use: als, factors: 4, train: {epochs: 2}}\n"
         "  svd: {use: svd, factors: 8, optimizer: {use: adam, lr: 0.01}}\n"
         "train: {epochs: " +
         std::to_string(epochs) +
         ", batch: 2000, sum: exact, partition: users, checkpoint: 1}\n"
         "metrics: [rmse]\n"
         "launch: {timeout: 3}\n";
}

std::string errors_of(const Experiment& it) {
  const std::string folds = it.file("folds.csv");
  return field(folds, "als", "rmse") + " " + field(folds, "svd", "rmse");
}

struct Node {
  int host;
  std::string ranks;  // "0", "1-2"
};

// Shell text: all nodes at once, then what `meanwhile` says; exits as the node of rank 0 does, and
// each node's exit code is in exit-HOST beside the spec.
std::string world(const Hosts& hosts, const Experiment& it, const std::vector<Node>& nodes,
                  int size, const std::string& words, const std::string& meanwhile = "true") {
  const std::string folder = it.folder.path().string();
  std::string text = "export COFI_TOKEN=secret; ";
  for (const Node& node : nodes) {
    text +=
        "( " +
        hosts.on(node.host, "cofi run '" + folder + "/spec.yaml' -q --out '" + folder +
                                "/run' --world " + std::to_string(size) + " --ranks " + node.ranks +
                                " --master " + hosts.address(0) + ":29500 " + words) +
        "; echo $? >'" + folder + "/exit-" + std::to_string(node.host) + "' ) & ";
  }
  return text + meanwhile + "; wait; exit $(cat '" + folder + "/exit-0')";
}

// Shell text that waits until the run has a checkpoint.
std::string until_checkpoint(const Experiment& it) {
  return "for n in $(seq 400); do ls '" + (it.folder / "run") +
         "'/checkpoints/*.pt >/dev/null 2>&1 && break; sleep 0.05; done";
}

std::string alone(int epochs) {
  const Experiment it(spec(epochs));
  REQUIRE(it.run("-q").code == 0);
  return errors_of(it);
}

bool skipped() {
  if (cofi::test::can_make_hosts()) return false;
  std::puts("[skipped] needs the right to make network namespaces");
  return true;
}

}  // namespace

TEST_CASE("three hosts train as one process does: on one network, on two with a router") {
  if (skipped()) return;
  const std::string expected = alone(4);
  for (const Network network : {Network::kBridge, Network::kRouted}) {
    const Hosts hosts(network);
    const Experiment it(spec(4));
    const auto run = cofi::test::shell(world(hosts, it, {{2, "3"}, {1, "2"}, {0, "0-1"}}, 4, ""));
    INFO((network == Network::kBridge ? "bridge" : "router") << "\n" << run.err);
    CHECK(run.code == 0);
    CHECK(errors_of(it) == expected);
    CHECK_THAT(it.file("manifest.json"), Contains("\"ranks\": 4"));
  }
}

TEST_CASE("packets that are late or lost change nothing") {
  if (skipped()) return;
  if (cofi::test::shell("test -w /dev/net/tun && command -v python3").code != 0) {
    std::puts("[skipped] needs python3 and /dev/net/tun");
    return;
  }
  const Hosts hosts(Network::kRelay);
  const Experiment it(spec(4));
  const auto run = cofi::test::shell(world(hosts, it, {{2, "2"}, {0, "0-1"}}, 3, ""));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(errors_of(it) == alone(4));
}

TEST_CASE("a host whose link goes down is named by the others, and the checkpoint is good") {
  if (skipped()) return;
  const Hosts hosts(Network::kBridge);
  const Experiment it(spec(400));
  const auto run = cofi::test::shell(world(hosts, it, {{2, "2"}, {1, "1"}, {0, "0"}}, 3, "",
                                           until_checkpoint(it) + "; " + hosts.cut(2)));
  INFO(run.err);
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains("rank 2 (process") && Contains("gives no sign of life any more"));
  CHECK_THAT(run.err, Contains("rank 2 has lost the world's host"));
  CHECK_THAT(
      cofi::test::read_file(it.folder / "exit-1") + cofi::test::read_file(it.folder / "exit-2"),
      Contains("3\n3"));
  const auto again = it.run("-q");
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK(errors_of(it) == alone(400));
}

TEST_CASE("an elastic world goes on without a host that is gone") {
  if (skipped()) return;
  const Hosts hosts(Network::kBridge);
  const Experiment it(spec(400));
  const auto run = cofi::test::shell(world(hosts, it, {{2, "2"}, {1, "1"}, {0, "0"}}, 3,
                                           "--set launch.max_restarts=1 --set launch.elastic=true",
                                           until_checkpoint(it) + "; " + hosts.cut(2)));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(errors_of(it) == alone(400));
  CHECK_THAT(it.file("manifest.json"), Contains("\"ranks\": 2") && Contains("\"generation\": 2"));
}

TEST_CASE("what cannot become a world ends on every host, with one message") {
  if (skipped()) return;
  const Hosts hosts(Network::kBridge);
  SECTION("two nodes have the same rank") {
    const Experiment it(spec(4));
    const auto run = cofi::test::shell(world(hosts, it, {{2, "1"}, {1, "1"}, {0, "0"}}, 3, ""));
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("overlap: give each node ranks of its own"));
  }
  SECTION("a node is missing") {
    const Experiment it(spec(4));
    const auto run = cofi::test::shell(world(hosts, it, {{1, "1"}, {0, "0"}}, 3, ""));
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("rank 2 of 3 have not come within 3 s"));
  }
  SECTION("the specs differ") {
    const Experiment it(spec(4)), other(spec(5));
    const std::string words = " -q --world 2 --master " + hosts.address(0) + ":29500 --ranks ";
    const auto run =
        cofi::test::shell("export COFI_TOKEN=secret; " +
                          hosts.on(1, "cofi run '" + (other.folder / "spec.yaml") + "' --out '" +
                                          (other.folder / "run") + "'" + words + "1") +
                          " & " +
                          hosts.on(0, "cofi run '" + (it.folder / "spec.yaml") + "' --out '" +
                                          (it.folder / "run") + "'" + words + "0") +
                          "; code=$?; wait; exit $code");
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("rank 1 has not the build or spec of rank 0") &&
                            Contains("epochs is 5, and rank 0 has 4"));
  }
  SECTION("nobody hosts the world") {
    const Experiment it(spec(4));
    const auto run = cofi::test::shell(
        "COFI_TOKEN=secret " +
        hosts.on(1, "cofi run '" + (it.folder / "spec.yaml") + "' --out '" + (it.folder / "run") +
                        "' --world 2 --ranks 1 --master " + hosts.address(0) + ":29500"));
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("cannot reach " + hosts.address(0) + ":29500"));
  }
  SECTION("the tokens differ") {
    const Experiment it(spec(4));
    const auto run = cofi::test::shell(
        hosts.on(1, "COFI_TOKEN=other cofi run '" + (it.folder / "spec.yaml") + "' --out '" +
                        (it.folder / "run") + "' -q --world 2 --ranks 1 --master " +
                        hosts.address(0) + ":29500") +
        " & " +
        hosts.on(0, "COFI_TOKEN=secret cofi run '" + (it.folder / "spec.yaml") + "' --out '" +
                        (it.folder / "run") + "' -q --world 2 --ranks 0 --master " +
                        hosts.address(0) + ":29500") +
        "; code=$?; wait; exit $code");
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("does not know this world's token"));
  }
}
