#include "world/launcher.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/own_process.hpp"
#include "core/signals.hpp"
#include "world/environment.hpp"
#include "world/rendezvous.hpp"
#include "world/server.hpp"
#include "world/token.hpp"

namespace cofi::world {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(20);
constexpr double kGrace = 3;  // seconds, beyond some of the timeout, for the others to end

void say(const std::string& text) {
  std::fputs(("cofi: " + text + "\n").c_str(), stderr);
  std::fflush(stderr);
}

pid_t start(const Seat& seat) {
  std::vector<std::string> arguments = own_arguments(), environment;
  std::vector<char*> argv, envp;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const auto own = variables_of(seat);
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string name(*each, std::strcspn(*each, "="));
    if (std::none_of(own.begin(), own.end(), [&](const auto& v) { return v.first == name; })) {
      environment.emplace_back(*each);
    }
  }
  for (const auto& [name, value] : own) environment.push_back(name + "=" + value);
  for (std::string& each : environment) envp.push_back(each.data());
  envp.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw Error("cannot start a rank: ", std::strerror(errno));
  if (child == 0) {
    // Only async-signal-safe calls: the host's threads may have held locks.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);  // Ctrl-C reaches the launcher alone, which passes it on once
    if (getppid() != parent) _exit(1);
    execve("/proc/self/exe", argv.data(), envp.data());
    _exit(127);
  }
  return child;
}

struct Rank {
  int rank = 0;
  pid_t pid = -1;
  std::optional<int> status;  // of waitpid, once it has ended

  bool died() const { return status && WIFSIGNALED(*status); }
  int code() const { return died() ? 3 : WEXITSTATUS(*status); }
};

void end_of(Rank& rank) {
  if (!rank.died()) return;
  const int signal = WTERMSIG(*rank.status);
  const char* name = sigabbrev_np(signal);
  say("rank " + std::to_string(rank.rank) + " (process " + std::to_string(rank.pid) +
      ") was ended by SIG" + (name == nullptr ? std::to_string(signal) : name));
}

// Until all have ended. Once one has ended badly, the others have some time to do so themselves.
void watch(std::vector<Rank>& ranks, double patience) {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> deadline;
  bool passed_on = false;
  const auto signal_all = [&](int signal) {
    for (const Rank& rank : ranks) {
      if (!rank.status) kill(rank.pid, signal);
    }
  };
  for (;;) {
    bool all = true;
    for (Rank& rank : ranks) {
      if (rank.status) continue;
      int status = 0;
      if (waitpid(rank.pid, &status, WNOHANG) != rank.pid) {
        all = false;
        continue;
      }
      rank.status = status;
      end_of(rank);
      if (rank.code() != 0 && !deadline) {
        deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(patience));
      }
    }
    if (all) return;
    if (StopSignals::received() != 0 && !passed_on) {
      signal_all(StopSignals::received());
      passed_on = true;
    }
    if (deadline && Clock::now() > *deadline) signal_all(SIGKILL);
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

int worst(const std::vector<Rank>& ranks) {
  // What the others say of a rank that died is no mistake of theirs.
  if (std::any_of(ranks.begin(), ranks.end(), [](const Rank& rank) { return rank.died(); })) {
    return 3;
  }
  for (const int code : {1, 2, 130, 3}) {
    for (const Rank& rank : ranks) {
      if (rank.code() == code) return code;
    }
  }
  for (const Rank& rank : ranks) {
    if (rank.code() != 0) return rank.code();
  }
  return 0;
}

// Of a world all of whose ranks are started here.
class Here final : public Rendezvous {
 public:
  explicit Here(double timeout_seconds) : timeout_(timeout_seconds) {}
  Address to_host() const override { return {"127.0.0.1", "0", random_token(), timeout_}; }
  void publish(const Address&) override {}
  Address find(double) override { throw Error("all ranks are of this machine"); }

 private:
  double timeout_;
};

std::unique_ptr<Rendezvous> rendezvous_of(const Launch& options) {
  if (options.master.empty()) return std::make_unique<Here>(options.timeout_seconds);
  return rendezvous_at(options.master, options.timeout_seconds, 1, options.count == options.world);
}

// This node's place in the world, once all nodes are there; nothing where it is asked to stop.
std::optional<Roll::Place> gather(Connection& host, const Launch& options) {
  host.send({"gather", std::to_string(options.first_rank), std::to_string(options.count),
             std::to_string(options.world), "launched on " + host_name()},
            options.timeout_seconds);
  // The host waits for the others itself before it says who is missing.
  constexpr double kSlice = 0.2;
  for (double left = 2 * options.timeout_seconds + kGrace; !host.readable(kSlice); left -= kSlice) {
    if (StopSignals::received() != 0) return std::nullopt;
    if (left < 0) throw Disconnected("the world's host does not answer");
  }
  const Message reply = host.receive(options.timeout_seconds);
  if (reply.size() == 2 && reply[0] == "error") throw Error(reply[1]);
  if (reply.size() != 4) throw Error("the world's host gives no place");
  return Roll::Place{std::atoi(reply[1].c_str()), std::atoi(reply[2].c_str()),
                     std::atoi(reply[3].c_str())};
}

void say_goodbye(Connection& host, double patience) {
  try {
    host.send({"bye"}, patience);
  } catch (const Disconnected&) {
    // The host is gone before.
  }
}

bool again(Connection& host, int generation, double patience) {
  try {
    host.send({"again", std::to_string(generation)}, patience);
    const Message reply = host.receive(patience);
    return !reply.empty() && reply[0] == "again";
  } catch (const Disconnected&) {
    return false;  // the host is gone, and with it the world
  }
}

}  // namespace

int launch(const Launch& options) {
  if (options.count < 1 || options.first_rank < 0 ||
      options.first_rank + options.count > options.world) {
    throw Error("--ranks ", options.first_rank, "-", options.first_rank + options.count - 1,
                " are none of a world of ", options.world, ", whose ranks are 0 to ",
                options.world - 1);
  }
  const std::unique_ptr<Rendezvous> meeting = rendezvous_of(options);
  std::unique_ptr<Server> server;
  Address address;
  if (options.first_rank == 0) {
    Roll::Options roll{options.world, options.timeout_seconds};
    roll.max_restarts = options.max_restarts;
    roll.elastic = options.elastic;
    server = host_world(*meeting, roll, address);
  } else {
    address = meeting->find(options.timeout_seconds);
  }
  const StopSignals signals;
  Connection host(address.host, address.port, options.timeout_seconds);
  greet_as_client(host, address.token, "node", options.timeout_seconds);
  const double patience = options.timeout_seconds / 2 + kGrace;
  const auto leave = [&](int code) {
    say_goodbye(host, patience);
    // Ranks of other machines look now and then at what became of the world.
    if (server) server->wait_for_leaving(1, patience);
    return code;
  };
  for (;;) {
    const std::optional<Roll::Place> gathered = gather(host, options);
    if (!gathered) return leave(130);
    const Roll::Place place = *gathered;
    std::vector<Rank> ranks;
    for (int n = 0; n < options.count; ++n) {
      Seat seat;
      seat.rank = place.first_rank + n;
      seat.size = place.world;
      seat.local_rank = n;
      seat.local_size = options.count;
      seat.generation = place.generation;
      seat.address = address;
      ranks.push_back({seat.rank, start(seat), std::nullopt});
    }
    watch(ranks, patience);
    const int code = worst(ranks);
    if (StopSignals::received() != 0) return leave(code == 0 ? 0 : 130);
    if (code != 3 || !again(host, place.generation, patience)) return leave(code);
    say("starting the world again, generation " + std::to_string(place.generation + 1));
  }
}

}  // namespace cofi::world
