#include "run/processes.hpp"

#include <algorithm>
#include <charconv>

#include "run/machine.hpp"

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

world::Launch launch_of(const ProcessOptions& flags, const spec::Experiment& experiment) {
  require_together(flags);
  const spec::Json& spec = experiment.launch;
  world::Launch launch;
  launch.timeout_seconds = std::max(0.1, spec.at("timeout").get<double>());
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

}  // namespace cofi::run
