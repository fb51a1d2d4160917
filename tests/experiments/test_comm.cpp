// Backends among processes: each operation at several world sizes, as `cofi comm` asks it.
#include <catch2/catch.hpp>

#include <cstdio>
#include <string>

#include "experiment.hpp"

using Catch::Contains;

namespace {

// How often a word stands in a text.
int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

void check_backend(const std::string& name, const std::string& before = "") {
  for (int ranks = 1; ranks <= 4; ++ranks) {
    const auto asked = cofi::test::shell(before + "cofi comm --check --timeout 30 --backend " +
                                         name + " --np " + std::to_string(ranks));
    INFO(ranks << " ranks\n" << asked.out << asked.err);
    CHECK(asked.code == 0);
    CHECK(count(asked.out, " right\n") == 12);
    CHECK(count(asked.out, "WRONG") == 0);
  }
}

}  // namespace

TEST_CASE("backend/gloo among one to four processes") { check_backend("gloo"); }

TEST_CASE("backend/mpi among one to four processes") {
  const auto listed = cofi::test::shell("cofi list backend");
  if (listed.out.find("(not built: MPI") != listed.out.npos ||
      cofi::test::shell("command -v mpirun").code != 0) {
    std::puts("[skipped] needs MPI (tools/packages build extras)");
    return;
  }
  check_backend("mpi", cofi::test::kForMpi);
}

TEST_CASE("cofi comm times each operation") {
  const auto timed = cofi::test::shell("cofi comm --backend gloo --np 2");
  INFO(timed.err);
  CHECK(timed.code == 0);
  CHECK_THAT(timed.out, Contains("microseconds a call") && Contains("bus bandwidth, MB/s") &&
                            Contains("64 MiB"));
}

TEST_CASE("cofi comm says what is wrong with its words") {
  const auto local = cofi::test::shell("cofi comm --backend local --np 2");
  CHECK(local.code == 2);
  CHECK_THAT(local.err, Contains("backend/local: joins one process to itself"));
  const auto unknown = cofi::test::shell("cofi comm --backend glo --np 2");
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Contains("did you mean 'backend/gloo'?"));
  const auto missing = cofi::test::shell("cofi comm");
  CHECK(missing.code == 2);
  CHECK_THAT(missing.err, Contains("needs --backend"));
  const auto never = cofi::test::shell("cofi comm --backend gloo --timeout soon");
  CHECK(never.code == 2);
  CHECK_THAT(never.err, Contains("--timeout soon: seconds are expected"));
}
