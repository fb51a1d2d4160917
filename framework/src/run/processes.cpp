#include "run/processes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "run/machine.hpp"
#include "world/environment.hpp"
#include "world/mpirun.hpp"
#include "world/rendezvous.hpp"
#include "world/server.hpp"

namespace cofi::run {
namespace {

constexpr int kMost = 65536;

// A number of processes, or of a rank.
int number_of(const std::string& text, int least, const std::string& flag) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end || number < least || number > kMost) {
    throw Error(flag, ": a number from ", least, " to ", kMost, " is expected");
  }
  return number;
}

double timeout_of(const spec::Json& launch) {
  return std::max(0.1, launch.at("timeout").get<double>());  // seconds
}

void require_together(const ProcessOptions& flags) {
  if (!flags.np.empty() && (!flags.ranks.empty() || !flags.world.empty())) {
    throw Error("--np ", flags.np, " starts all ranks on this machine: leave out --ranks and ",
                "--world, or give those alone");
  }
  if (flags.ranks.empty() != flags.world.empty()) {
    throw Error("--ranks and --world belong together, as in --ranks 1-3 --world 4");
  }
  if (!flags.master.empty() && flags.ranks.empty()) {
    throw Error("--master ", flags.master, " is where ranks of several machines meet: it needs ",
                "--ranks and --world");
  }
}

}  // namespace

world::Launch launch_of(const ProcessOptions& flags, const spec::Json& spec) {
  require_together(flags);
  world::Launch launch;
  launch.timeout_seconds = timeout_of(spec);
  launch.max_restarts = static_cast<int>(spec.at("max_restarts").get<std::int64_t>());
  launch.elastic = spec.at("elastic").get<bool>();
  if (!flags.ranks.empty()) {
    const std::size_t dash = flags.ranks.find('-');
    launch.first_rank = number_of(flags.ranks.substr(0, dash), 0, "--ranks " + flags.ranks);
    const int last = dash == std::string::npos
                         ? launch.first_rank
                         : number_of(flags.ranks.substr(dash + 1), 0, "--ranks " + flags.ranks);
    launch.world = number_of(flags.world, 1, "--world " + flags.world);
    if (last < launch.first_rank || last >= launch.world) {
      throw Error("--ranks ", flags.ranks, ": a world of ", launch.world, " has the ranks 0 to ",
                  launch.world - 1, ", given as FIRST-LAST or as one number");
    }
    launch.count = last - launch.first_rank + 1;
    launch.master = flags.master;
    if (launch.master.empty() && !spec.at("master").is_null()) {
      launch.master = spec.at("master").get<std::string>();
    }
    if (launch.master.empty() && launch.count < launch.world) {
      throw Error("--ranks ", flags.ranks, " are not all of a world of ", launch.world,
                  ": say with --master HOST:PORT where the machine of rank 0 lets the others join");
    }
    return launch;
  }
  std::string processes = flags.np;
  std::string named = "--np " + processes;
  if (processes.empty()) {
    processes = spec.at("processes").get<std::string>();
    named = "launch.processes: " + processes;
  }
  launch.world = processes == "auto" ? std::max(1, gpu_count()) : number_of(processes, 1, named);
  launch.count = launch.world;
  return launch;
}

namespace {

int run_as_rank(const world::Seat& seat, const std::function<int(world::Membership*)>& body) {
  world::Member member(seat);
  try {
    const int code = body(&member);
    member.finish();
    return code;
  } catch (const std::exception& error) {
    // What several ranks meet at once, one of them says.
    if (!member.abandon(error.what())) std::_Exit(2);
    throw;
  }
}

// A process that another launcher started.
int run_as_foreign(const world::ForeignRank& rank, const ProcessOptions& flags,
                   const spec::Json& launch, const std::function<int(world::Membership*)>& body) {
  const bool counted = !flags.np.empty() && flags.np != "auto";
  if (counted && number_of(flags.np, 1, "--np " + flags.np) != rank.size) {
    throw Error("--np ", flags.np, ", and ", rank.launcher, " has started ", rank.size,
                " processes: leave out --np");
  }
  std::string url = flags.master;
  if (url.empty() && !launch.at("master").is_null()) url = launch.at("master").get<std::string>();
  if (url.empty() || url == "env://") url = rank.meeting;
  if (url.empty()) {
    throw Error(
        "the ranks of ", rank.launcher, " have no place to meet: say with --master HOST:PORT ",
        "(an address of rank 0's machine, and COFI_TOKEN set to the same secret for all of ",
        "them) or --master file:///PATH of a file that all of them see");
  }
  const double timeout = timeout_of(launch);
  const bool one_machine = rank.local_size == rank.size;
  const std::unique_ptr<world::Rendezvous> meeting =
      world::rendezvous_at(url, timeout, rank.generation, one_machine);
  world::Seat seat;
  seat.rank = rank.rank;
  seat.size = rank.size;
  seat.local_rank = rank.local_rank;
  seat.local_size = rank.local_size;
  seat.generation = rank.generation;
  std::unique_ptr<world::Server> server;
  if (rank.rank == 0) {
    world::Roll::Options roll{rank.size, timeout};
    roll.generation = rank.generation;
    server = world::host_world(*meeting, roll, seat.address);
    seat.server = server.get();
  } else {
    seat.address = meeting->find(timeout);
  }
  return run_as_rank(seat, body);
}

}  // namespace

int in_world(const ProcessOptions& flags, const spec::Json& launch,
             const std::function<int(world::Membership*)>& body) {
  if (const auto seat = world::seat_from_launcher()) return run_as_rank(*seat, body);
  if (flags.ranks.empty()) {
    if (const auto rank = world::rank_from_environment()) {
      return run_as_foreign(*rank, flags, launch, body);
    }
  }
  const world::Launch asked = launch_of(flags, launch);
  if (asked.world == 1) return body(nullptr);
  const spec::Json& backend = launch.at("backend");
  if (!backend.is_null() && backend.at("use") == "mpi") world::start_by_mpirun(asked);
  return world::launch(asked);
}

}  // namespace cofi::run
