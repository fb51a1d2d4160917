// Worlds that others start: by hand through the environment, mpirun, torchrun; and node by node.
#include <catch2/catch.hpp>

#include <cstdio>
#include <string>

#include "experiment.hpp"

using Catch::Contains;
using cofi::test::Experiment;
using cofi::test::field;

namespace {

std::string spec() {
  return cofi::test::kSmallData +
         "threads: 1\n"
         "models: {svd: {use: svd, factors: 8, optimizer: {use: adam, lr: 0.01}}}\n"
         "train: {epochs: 4, batch: 1000, sum: exact}\n"
         "metrics: [rmse]\n"
         "launch: {timeout: 20}\n";
}

std::string error_of(const Experiment& it) { return field(it.file("folds.csv"), "svd", "rmse"); }

// Of one process.
std::string error_alone() {
  const Experiment it(spec());
  REQUIRE(it.run("-q").code == 0);
  return error_of(it);
}

// The command that a launcher is to start, with words for it before and after.
std::string command(const Experiment& it, const std::string& words = "") {
  return "cofi run '" + (it.folder / "spec.yaml") + "' -q --out '" + (it.folder / "run") + "' " +
         words;
}

// Each of the commands at once; 0 where all end so.
std::string together(const std::vector<std::string>& commands) {
  std::string text = "started=; ";
  for (const std::string& each : commands) text += each + " & started=\"$started $!\"; ";
  return text + "worst=0; for each in $started; do wait $each || worst=$?; done; exit $worst";
}

std::string as_root() { return "$([ $(id -u) = 0 ] && echo --allow-run-as-root)"; }

bool is_there(const std::string& program) {
  if (cofi::test::shell("command -v " + program).code == 0) return true;
  std::printf("[skipped] needs %s (tools/packages build extras)\n", program.c_str());
  return false;
}

}  // namespace

TEST_CASE("two nodes, one of two ranks, meet at an address or in a file") {
  const std::string alone = error_alone();
  for (const char* master : {"127.0.0.1:29871", "file://FOLDER/meeting"}) {
    const Experiment it(spec());
    std::string url = master;
    if (const auto at = url.find("FOLDER"); at != url.npos) {
      url.replace(at, 6, it.folder.path().string());
    }
    const auto run =
        cofi::test::shell("export COFI_TOKEN=secret; " +
                          together({command(it, "--world 3 --ranks 1-2 --master " + url),
                                    command(it, "--world 3 --ranks 0 --master " + url)}));
    INFO(url << "\n" << run.err);
    CHECK(run.code == 0);
    CHECK(error_of(it) == alone);
  }
}

TEST_CASE("ranks that cannot be one world end, each within the timeout, with one message") {
  SECTION("the port is taken") {
    const Experiment it(spec());
    const std::string words = "--world 2 --ranks 0 --set launch.timeout=5 --master 127.0.0.1:29874";
    const auto run =
        cofi::test::shell("export COFI_TOKEN=secret; " + command(it, words) +
                          " & sleep 2; cofi run '" + (it.folder / "spec.yaml") + "' -q --out '" +
                          (it.folder / "other") + "' " + words + "; code=$?; wait; exit $code");
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("cannot host a world at 127.0.0.1:29874: Address already in use"));
  }
  SECTION("their data differ") {
    const auto of = [](const Experiment& it, int rating) {
      std::string rows = "user,item,rating\n";
      for (int user = 0; user < 20; ++user) {
        for (int item = 0; item < 10; ++item) {
          rows += std::to_string(user) + "," + std::to_string(item) + "," +
                  std::to_string((user * item + rating) % 5 + 1) + "\n";
        }
      }
      it.folder.write("ratings.csv", rows);
    };
    const std::string text =
        "name: small\n"
        "dataset: {use: delimited, path: ratings.csv, header: true, user: user, item: item, "
        "value: rating}\n"
        "split: {use: ratio, test: 0.2}\n"
        "models: {bias: {use: bias}}\n"
        "metrics: [rmse]\n"
        "launch: {timeout: 20}\n";
    const Experiment one(text), two(text);
    of(one, 0);
    of(two, 1);
    const std::string words = "--world 2 --master 127.0.0.1:29875 --ranks ";
    const auto run =
        cofi::test::shell("export COFI_TOKEN=secret; " +
                          together({command(one, words + "0"), command(two, words + "1")}));
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("rank 1 has not the data or plugins of rank 0"));
  }
}

TEST_CASE("RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT make a rank of a process") {
  const Experiment it(spec());
  const std::string variables =
      "COFI_TOKEN=secret WORLD_SIZE=2 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29872 ";
  const auto run = cofi::test::shell(together({variables + "RANK=1 LOCAL_RANK=1 " + command(it),
                                               variables + "RANK=0 LOCAL_RANK=0 " + command(it)}));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(error_of(it) == error_alone());
  SECTION("and what is missing or contradicts is said") {
    const auto token = cofi::test::shell("WORLD_SIZE=2 RANK=0 MASTER_ADDR=127.0.0.1 " +
                                         ("MASTER_PORT=29872 " + command(it)));
    CHECK(token.code == 2);
    CHECK_THAT(token.err, Contains("set COFI_TOKEN to the same secret"));
    const auto place = cofi::test::shell("WORLD_SIZE=2 RANK=0 " + command(it));
    CHECK(place.code == 2);
    CHECK_THAT(place.err, Contains("have no place to meet: say with --master HOST:PORT"));
    const auto other = cofi::test::shell("WORLD_SIZE=2 RANK=0 " + command(it, "--np 4"));
    CHECK(other.code == 2);
    CHECK_THAT(other.err, Contains("--np 4, and the environment (RANK, WORLD_SIZE) has started 2"));
    const auto number = cofi::test::shell("WORLD_SIZE=2 RANK=one " + command(it));
    CHECK(number.code == 2);
    CHECK_THAT(number.err, Contains("$RANK is 'one'; a number of at least 0 is expected"));
    const auto beyond = cofi::test::shell("WORLD_SIZE=2 RANK=2 " + command(it));
    CHECK(beyond.code == 2);
    CHECK_THAT(beyond.err, Contains("says that this is rank 2 of 2"));
  }
}

TEST_CASE("Slurm's variables make a rank of a process") {
  const Experiment it(spec());
  const std::string variables =
      "TMPDIR='" + it.folder.path().string() +
      "' SLURM_JOB_ID=12 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_STEP_TASKS_PER_NODE='2(x1)' ";
  const auto run =
      cofi::test::shell(together({variables + "SLURM_PROCID=0 SLURM_LOCALID=0 " + command(it),
                                  variables + "SLURM_PROCID=1 SLURM_LOCALID=1 " + command(it)}));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(error_of(it) == error_alone());
}

TEST_CASE("mpirun starts a spec unchanged, and --np starts mpirun where the backend is MPI") {
  if (!is_there("mpirun")) return;
  const std::string alone = error_alone();
  const std::string mpirun = "mpirun " + as_root() + " --oversubscribe -n 2 ";
  {
    const Experiment it(spec());
    const auto run = cofi::test::shell(cofi::test::kForMpi + mpirun + command(it));
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(error_of(it) == alone);
  }
  if (cofi::test::shell("cofi list backend").out.find("(not built: MPI") != std::string::npos) {
    std::puts("[skipped] needs MPI (tools/packages build extras)");
    return;
  }
  const Experiment it(spec());
  const auto run =
      cofi::test::shell(cofi::test::kForMpi + command(it, "--np 2 --set launch.backend=mpi"));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(error_of(it) == alone);
}

TEST_CASE("torchrun starts a spec unchanged") {
  if (!is_there("torchrun")) return;
  const Experiment it(spec());
  const auto run = cofi::test::shell(
      "torchrun --no_python --nnodes 1 --nproc_per_node 2 --master_port 29873 -r 1 -t 1 "
      "--log_dir '" +
      (it.folder / "log") + "' " + command(it));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(error_of(it) == error_alone());
}
