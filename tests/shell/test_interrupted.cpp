// Runs that end before their time, and go on: the same tables, bit for bit.
#include <catch2/catch.hpp>

#include <string>

#include "run_folder.hpp"

using cofi::test::shell;

TEST_CASE("a run killed at ten moments ends with the same tables as one left alone") {
  const cofi::test::TempFolder folder;
  const std::string spec = folder.write("spec.yaml", cofi::test::kSpec);
  const auto run = [&](const std::string& out) {
    return "cofi run '" + spec + "' -q --out '" + (folder / out) + "' >/dev/null";
  };
  REQUIRE(shell(run("alone")).code == 0);

  int killed = 0;
  for (const char* moment :
       {"0.61", "0.93", "0.55", "1.27", "0.78", "0.84", "1.02", "0.69", "0.98", "0.73"}) {
    // The exec gives the runner the background process' own id.
    const auto outcome = shell("exec 2>/dev/null; (exec " + run("killed") + ") & sleep " + moment +
                               "; kill -9 $!; wait $!");
    CHECK((outcome.code == 137 || outcome.code == 0));
    if (outcome.code == 137) ++killed;
  }
  INFO("killed " << killed << " times");
  CHECK(killed >= 3);  // else the machine was too fast or too slow for this test to say anything
  const auto last = shell(run("killed"));
  INFO(last.err);
  REQUIRE(last.code == 0);
  CHECK(cofi::test::tables(folder / "killed") == cofi::test::tables(folder / "alone"));
}

TEST_CASE("an interrupted run says so, keeps its state and goes on") {
  const cofi::test::TempFolder folder;
  const std::string spec = folder.write("spec.yaml", cofi::test::kSpec);
  const auto run = [&](const std::string& out) {
    return "cofi run '" + spec + "' --out '" + (folder / out) + "'";
  };
  for (const char* signal : {"INT", "TERM"}) {
    const std::string out = std::string("stopped-by-") + signal;
    // As soon as the first cell is done: in the second, which would take hours.
    const auto stopped =
        shell(run(out) + " --set train.epochs=1000000 & while kill -0 $! && ! ls '" +
              (folder / (out + "/models")) +
              "'/*.pt >/dev/null 2>&1; do sleep 0.05; done; sleep 0.5; kill -s " + signal +
              " $!; wait $!");
    INFO(stopped.out << stopped.err);
    CHECK(stopped.code == 130);
    CHECK_THAT(stopped.err, Catch::Contains("the same command goes on from there"));
    const auto rows = cofi::test::read_csv(folder / (out + "/results.csv"));
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].at("status") == "done");
    CHECK_THAT(rows[1].at("status"), Catch::StartsWith("interrupted"));
  }
}
