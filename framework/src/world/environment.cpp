#include "world/environment.hpp"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "core/own_process.hpp"

namespace cofi::world {
namespace {

long number_of(const char* name) {
  const std::string text = variable(name);
  char* end = nullptr;
  errno = 0;
  const long number = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != 0 || errno != 0 || number < 0 || number > 1000000) {
    throw Error("$", name, " is '", text, "'; a number of at least 0 is expected");
  }
  return number;
}

int small(const char* name) { return static_cast<int>(number_of(name)); }

bool has(const char* name) { return !variable(name).empty(); }

int small_or(const char* name, int otherwise) { return has(name) ? small(name) : otherwise; }

// $MASTER_ADDR and $MASTER_PORT; empty where they are not set.
std::string master() {
  return has("MASTER_ADDR") && has("MASTER_PORT")
             ? variable("MASTER_ADDR") + ":" + variable("MASTER_PORT")
             : "";
}

// In the machine's own folder of temporary files: ranks of one machine and one job meet there.
std::string file_of(const std::string& job) {
  std::string name = job;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  }
  const std::string folder = has("TMPDIR") ? variable("TMPDIR") : "/tmp";
  return "file://" + folder + "/cofi-" + std::to_string(getuid()) + "-" + name;
}

// By the names of a launcher's variables; nothing where it has not set them.
std::optional<ForeignRank> rank_of(const char* launcher, const char* rank_name,
                                   const char* size_name, const char* local_rank_name) {
  if (!has(rank_name) || !has(size_name)) return std::nullopt;
  ForeignRank rank;
  rank.launcher = launcher;
  rank.rank = small(rank_name);
  rank.size = small(size_name);
  rank.local_rank = small_or(local_rank_name, 0);
  rank.local_size = rank.local_rank + 1;  // that many there must be
  rank.meeting = master();
  return rank;
}

// Where no place is named, the ranks of a world on one machine meet in a file of their job's.
void meet_by_themselves(ForeignRank& rank, const std::string& job) {
  if (rank.meeting.empty() && rank.local_size == rank.size) rank.meeting = file_of(job);
}

std::optional<ForeignRank> of_environment() {
  auto rank = rank_of("the environment (RANK, WORLD_SIZE)", "RANK", "WORLD_SIZE", "LOCAL_RANK");
  if (!rank) return rank;
  rank->local_size = small_or("LOCAL_WORLD_SIZE", rank->local_size);
  if (variable("TORCHELASTIC_USE_AGENT_STORE") == "True") {
    rank->launcher = "torchrun";
    rank->meeting = "torch://" + rank->meeting;
    rank->generation = 1 + small_or("TORCHELASTIC_RESTART_COUNT", 0);
  }
  return rank;
}

std::optional<ForeignRank> of_open_mpi() {
  auto rank = rank_of("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                      "OMPI_COMM_WORLD_LOCAL_RANK");
  if (!rank) return rank;
  rank->local_size = small_or("OMPI_COMM_WORLD_LOCAL_SIZE", 1);
  meet_by_themselves(*rank,
                     "mpi-" + variable("PMIX_NAMESPACE") + variable("OMPI_MCA_ess_base_jobid"));
  return rank;
}

// Of "2(x3),1" (tasks on each node in order) that of a node.
int tasks_on(const std::string& text, int node) {
  const char* at = text.c_str();
  while (*at != 0) {
    char* end = nullptr;
    const long tasks = std::strtol(at, &end, 10);
    long nodes = 1;
    if (std::strncmp(end, "(x", 2) == 0) {
      nodes = std::strtol(end + 2, &end, 10);
      if (*end == ')') ++end;
    }
    if (tasks < 1 || nodes < 1 || (*end != 0 && *end != ',')) break;
    if (node < nodes) return static_cast<int>(tasks);
    node -= static_cast<int>(nodes);
    at = *end == ',' ? end + 1 : end;
  }
  throw Error("$SLURM_STEP_TASKS_PER_NODE is '", text, "'; tasks on each node are expected, as ",
              "2(x3),1");
}

std::optional<ForeignRank> of_slurm() {
  // Of a step (srun); a batch script has variables of its job, too, and is no rank.
  auto rank = rank_of("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID");
  if (!rank) return rank;
  rank->local_size = tasks_on(variable("SLURM_STEP_TASKS_PER_NODE"), small_or("SLURM_NODEID", 0));
  meet_by_themselves(*rank, "slurm-" + variable("SLURM_JOB_ID") + "-" + variable("SLURM_STEP_ID"));
  return rank;
}

std::optional<ForeignRank> of_pmi() {
  auto rank = rank_of("mpirun (PMI)", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID");
  if (!rank) return rank;
  // Slurm's own PMI says less than srun's other variables do.
  const auto step = of_slurm();
  if (step && step->rank == rank->rank && step->size == rank->size) return step;
  rank->local_size = small_or("MPI_LOCALNRANKS", rank->local_size);
  // One process of mpirun's on each machine has started the ranks there.
  const std::string job = variable("PMI_JOBID");
  meet_by_themselves(*rank, "pmi-" + (job.empty() ? std::to_string(getppid()) : job));
  return rank;
}

}  // namespace

std::optional<Seat> seat_from_launcher() {
  if (variable("COFI_RANK").empty()) return std::nullopt;
  Seat seat;
  seat.rank = small("COFI_RANK");
  seat.size = small("COFI_WORLD_SIZE");
  seat.local_rank = small("COFI_LOCAL_RANK");
  seat.local_size = small("COFI_LOCAL_SIZE");
  seat.generation = small("COFI_GENERATION");
  seat.address.host = variable("COFI_HOST");
  seat.address.port = variable("COFI_PORT");
  seat.address.token = variable("COFI_TOKEN");
  seat.address.timeout_seconds = std::strtod(variable("COFI_TIMEOUT").c_str(), nullptr);
  return seat;
}

std::optional<ForeignRank> rank_from_environment() {
  std::optional<ForeignRank> found;
  for (const auto& look : {&of_environment, &of_open_mpi, &of_pmi, &of_slurm}) {
    found = look();
    if (found) break;
  }
  if (!found || found->size == 1) return std::nullopt;
  if (found->rank >= found->size || found->local_rank >= found->local_size) {
    throw Error(found->launcher, " says that this is rank ", found->rank, " of ", found->size,
                ", on its machine ", found->local_rank, " of ", found->local_size,
                ": ranks count from 0");
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> variables_of(const Seat& seat) {
  return {{"COFI_RANK", std::to_string(seat.rank)},
          {"COFI_WORLD_SIZE", std::to_string(seat.size)},
          {"COFI_LOCAL_RANK", std::to_string(seat.local_rank)},
          {"COFI_LOCAL_SIZE", std::to_string(seat.local_size)},
          {"COFI_GENERATION", std::to_string(seat.generation)},
          {"COFI_HOST", seat.address.host},
          {"COFI_PORT", seat.address.port},
          {"COFI_TOKEN", seat.address.token},
          {"COFI_TIMEOUT", std::to_string(seat.address.timeout_seconds)}};
}

}  // namespace cofi::world
