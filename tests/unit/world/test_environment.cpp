#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>
#include <string>

#include "support/temp_folder.hpp"
#include "world/environment.hpp"

using namespace cofi::world;
using Catch::Contains;

namespace {

// The environment has these variables while it lives, and none of those that launchers set.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables) {
    for (const char* name : {"RANK",
                             "WORLD_SIZE",
                             "LOCAL_RANK",
                             "LOCAL_WORLD_SIZE",
                             "MASTER_ADDR",
                             "MASTER_PORT",
                             "TORCHELASTIC_USE_AGENT_STORE",
                             "TORCHELASTIC_RESTART_COUNT",
                             "OMPI_COMM_WORLD_RANK",
                             "OMPI_COMM_WORLD_SIZE",
                             "OMPI_COMM_WORLD_LOCAL_RANK",
                             "OMPI_COMM_WORLD_LOCAL_SIZE",
                             "PMI_RANK",
                             "PMI_SIZE",
                             "SLURM_PROCID",
                             "SLURM_STEP_NUM_TASKS",
                             "SLURM_LOCALID",
                             "SLURM_STEP_TASKS_PER_NODE",
                             "SLURM_NODEID",
                             "SLURM_JOB_ID",
                             "SLURM_STEP_ID",
                             "PMIX_NAMESPACE",
                             "OMPI_MCA_ess_base_jobid",
                             "TMPDIR"}) {
      unsetenv(name);
    }
    for (const auto& [name, value] : variables) {
      setenv(name.c_str(), value.c_str(), 1);
      names_.push_back(name);
    }
  }
  ~Environment() {
    for (const std::string& name : names_) unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::string> names_;
};

std::string described(const std::map<std::string, std::string>& variables) {
  const Environment environment(variables);
  const auto rank = rank_from_environment();
  if (!rank) return "alone";
  return rank->launcher + ": " + std::to_string(rank->rank) + " of " + std::to_string(rank->size) +
         ", here " + std::to_string(rank->local_rank) + " of " + std::to_string(rank->local_size) +
         ", generation " + std::to_string(rank->generation) + ", meets at " + rank->meeting;
}

std::string refused(const std::map<std::string, std::string>& variables) {
  try {
    return "took " + described(variables);
  } catch (const cofi::Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("what launchers tell a rank") {
  SECTION("nobody: alone; half of what is needed: alone, too") {
    CHECK(described({}) == "alone");
    CHECK(described({{"RANK", "1"}}) == "alone");
    CHECK(described({{"RANK", "0"}, {"WORLD_SIZE", "1"}}) == "alone");
    // A batch script's shell has its job's variables, and is no step.
    CHECK(described({{"SLURM_PROCID", "0"}, {"SLURM_JOB_ID", "7"}}) == "alone");
  }
  SECTION("torchrun") {
    CHECK(described({{"RANK", "3"},
                     {"WORLD_SIZE", "4"},
                     {"LOCAL_RANK", "1"},
                     {"LOCAL_WORLD_SIZE", "2"},
                     {"MASTER_ADDR", "10.0.0.1"},
                     {"MASTER_PORT", "29400"},
                     {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                     {"TORCHELASTIC_RESTART_COUNT", "2"}}) ==
          "torchrun: 3 of 4, here 1 of 2, generation 3, meets at torch://10.0.0.1:29400");
  }
  SECTION("anybody") {
    CHECK(described(
              {{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "h"}, {"MASTER_PORT", "5"}}) ==
          "the environment (RANK, WORLD_SIZE): 1 of 2, here 0 of 1, generation 1, meets at h:5");
  }
  SECTION("mpirun: on one machine the ranks meet by themselves") {
    std::map<std::string, std::string> variables = {
        {"OMPI_COMM_WORLD_RANK", "1"},       {"OMPI_COMM_WORLD_SIZE", "2"},
        {"OMPI_COMM_WORLD_LOCAL_RANK", "1"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
        {"PMIX_NAMESPACE", "12@3"},          {"TMPDIR", "/t"}};
    CHECK_THAT(described(variables), Contains("mpirun: 1 of 2, here 1 of 2, generation 1, meets at "
                                              "file:///t/cofi-") &&
                                         Contains("-mpi-12-3"));
    variables["OMPI_COMM_WORLD_LOCAL_RANK"] = "0";
    variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
    CHECK(described(variables) == "mpirun: 1 of 2, here 0 of 1, generation 1, meets at ");
  }
  SECTION("srun: tasks of each node") {
    std::map<std::string, std::string> variables = {
        {"SLURM_PROCID", "6"},   {"SLURM_STEP_NUM_TASKS", "7"},
        {"SLURM_LOCALID", "0"},  {"SLURM_STEP_TASKS_PER_NODE", "2(x3),1"},
        {"SLURM_NODEID", "3"},   {"MASTER_ADDR", "n1"},
        {"MASTER_PORT", "29500"}};
    CHECK(described(variables) == "srun: 6 of 7, here 0 of 1, generation 1, meets at n1:29500");
    variables["SLURM_NODEID"] = "2";
    CHECK_THAT(described(variables), Contains("here 0 of 2"));
    variables["SLURM_STEP_TASKS_PER_NODE"] = "two";
    CHECK(refused(variables) ==
          "$SLURM_STEP_TASKS_PER_NODE is 'two'; tasks on each node are expected, as 2(x3),1");
  }
  SECTION("PMI: an mpirun's own, or srun's, whose other variables say more") {
    std::map<std::string, std::string> variables = {{"PMI_RANK", "1"},
                                                    {"PMI_SIZE", "2"},
                                                    {"MPI_LOCALRANKID", "1"},
                                                    {"MPI_LOCALNRANKS", "2"},
                                                    {"TMPDIR", "/t"}};
    CHECK_THAT(described(variables), Contains("mpirun (PMI): 1 of 2, here 1 of 2, ") &&
                                         Contains("meets at file:///t/cofi-") && Contains("-pmi-"));
    variables.erase("MPI_LOCALRANKID");
    variables.erase("MPI_LOCALNRANKS");
    variables["SLURM_PROCID"] = "1";
    variables["SLURM_STEP_NUM_TASKS"] = "2";
    variables["SLURM_LOCALID"] = "1";
    variables["SLURM_STEP_TASKS_PER_NODE"] = "2";
    CHECK_THAT(described(variables),
               Contains("srun: 1 of 2, here 1 of 2, ") && Contains("meets at file:///t/cofi-"));
  }
  SECTION("what cannot be") {
    CHECK(refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}) ==
          "the environment (RANK, WORLD_SIZE) says that this is rank 2 of 2, on its machine 0 of "
          "1: ranks count from 0");
    CHECK(refused({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}) ==
          "$RANK is '-1'; a number of at least 0 is expected");
    CHECK(refused({{"RANK", "1"}, {"WORLD_SIZE", "2x"}}) ==
          "$WORLD_SIZE is '2x'; a number of at least 0 is expected");
  }
}

TEST_CASE("a launcher of ours hands a seat over by the environment") {
  Seat seat;
  seat.rank = 2;
  seat.size = 4;
  seat.local_rank = 1;
  seat.local_size = 2;
  seat.generation = 3;
  seat.address = {"10.0.0.1", "4711", "token", 2.5};
  std::map<std::string, std::string> variables;
  for (const auto& [name, value] : variables_of(seat)) variables[name] = value;
  const Environment environment(variables);
  const auto taken = seat_from_launcher();
  REQUIRE(taken);
  CHECK(taken->rank == 2);
  CHECK(taken->size == 4);
  CHECK(taken->local_rank == 1);
  CHECK(taken->local_size == 2);
  CHECK(taken->generation == 3);
  CHECK(taken->address.host == "10.0.0.1");
  CHECK(taken->address.port == "4711");
  CHECK(taken->address.token == "token");
  CHECK(taken->address.timeout_seconds == 2.5);
}
