#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iostream>

#include "run/commands.hpp"
#include "run/processes.hpp"
#include "run/ranks.hpp"
#include "testing/communicator_checks.hpp"

namespace cofi::run {
namespace {

using Tensors = Communicator::Tensors;

// A rank's part of an operation's work, begun and waited for.
using Call = std::function<void()>;

struct Timed {
  std::string operation;
  // Over all ranks' links at once, bytes on the busiest by bytes of the operation, n ranks: what
  // makes operations and world sizes comparable (the "bus bandwidth" of NVIDIA's nccl-tests).
  std::function<double(double n)> traffic;
  // bytes: of what a rank gives or gets in all.
  std::function<Call(Communicator&, std::int64_t bytes)> prepare;
};

constexpr std::int64_t kFloat = sizeof(float);

at::Tensor floats(std::int64_t bytes) {
  return at::zeros({std::max<std::int64_t>(1, bytes / kFloat)}, at::kFloat);
}

Tensors parts(const Communicator& world, std::int64_t bytes) {
  Tensors all;
  for (int rank = 0; rank < world.size(); ++rank) all.push_back(floats(bytes / world.size()));
  return all;
}

double whole(double) { return 1; }
double others(double n) { return (n - 1) / n; }

Call send_round(Communicator& world, std::int64_t bytes) {
  const int next = (world.rank() + 1) % world.size();
  const int before = (world.rank() + world.size() - 1) % world.size();
  return [&world, next, before, out = floats(bytes), in = floats(bytes)] {
    const Communicator::Pending sent = world.send(out, next);
    world.recv(in, before)->wait();
    sent->wait();
  };
}

const std::vector<Timed>& timed() {
  using C = Communicator;
  static const std::vector<Timed> kTimed = {
      {"send", whole, &send_round},
      {"broadcast", whole,
       [](C& w, std::int64_t bytes) -> Call {
         return [&w, t = floats(bytes)] { w.broadcast(t, 0)->wait(); };
       }},
      {"reduce", whole,
       [](C& w, std::int64_t bytes) -> Call {
         return [&w, t = floats(bytes)] { w.reduce(t, 0, ReduceOp::kSum)->wait(); };
       }},
      {"all_reduce", [](double n) { return 2 * (n - 1) / n; },
       [](C& w, std::int64_t bytes) -> Call {
         return [&w, t = floats(bytes)] { w.all_reduce(t, ReduceOp::kSum)->wait(); };
       }},
      {"gather", others,
       [](C& w, std::int64_t bytes) -> Call {
         const Tensors out = w.rank() == 0 ? parts(w, bytes) : Tensors();
         return [&w, t = floats(bytes / w.size()), out] { w.gather(t, out, 0)->wait(); };
       }},
      {"all_gather", others,
       [](C& w, std::int64_t bytes) -> Call {
         return [&w, t = floats(bytes / w.size()), out = parts(w, bytes)] {
           w.all_gather(t, out)->wait();
         };
       }},
      {"scatter", others,
       [](C& w, std::int64_t bytes) -> Call {
         const Tensors in = w.rank() == 0 ? parts(w, bytes) : Tensors();
         return [&w, t = floats(bytes / w.size()), in] { w.scatter(in, t, 0)->wait(); };
       }},
      {"reduce_scatter", others,
       [](C& w, std::int64_t bytes) -> Call {
         return [&w, t = floats(bytes / w.size()), in = parts(w, bytes)] {
           w.reduce_scatter(in, t, ReduceOp::kSum)->wait();
         };
       }},
      {"all_to_all", others, [](C& w, std::int64_t bytes) -> Call {
         return
             [&w, in = parts(w, bytes), out = parts(w, bytes)] { w.all_to_all(in, out)->wait(); };
       }}};
  return kTimed;
}

constexpr std::array<std::int64_t, 9> kTimedBytes = {8,       64,      512,      4 << 10, 32 << 10,
                                                     1 << 18, 2 << 20, 16 << 20, 64 << 20};

// Seconds a call, on this rank, of as many as are worth about 64 MB.
double time_of(const Communicator& world, const Ranks& ranks, const Call& call,
               std::int64_t bytes) {
  constexpr std::int64_t kWork = 1 << 26, kLeast = 3, kMost = 200;
  const std::int64_t calls = std::clamp(kWork / bytes / world.size(), kLeast, kMost);
  for (std::int64_t n = 0; n < kLeast; ++n) call();
  ranks.wait();
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  for (std::int64_t n = 0; n < calls; ++n) call();
  const std::chrono::duration<double> took = Clock::now() - start;
  return took.count() / static_cast<double>(calls);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t kKibi = 1024;
  if (bytes < kKibi) return fmt::format("{} B", bytes);
  return bytes < kKibi * kKibi ? fmt::format("{} KiB", bytes / kKibi)
                               : fmt::format("{} MiB", bytes / kKibi / kKibi);
}

std::string support_text(Support support) {
  return support == Support::kNative     ? "native"
         : support == Support::kEmulated ? "emulated"
                                         : "absent";
}

class Comm {
 public:
  Comm(Backend& backend, Communicator& world, Ranks& ranks)
      : table_(backend.capabilities()), world_(world), ranks_(ranks) {}

  // Whether all is right.
  bool check() {
    const std::string incomplete = testing::complete(table_);
    if (!incomplete.empty()) throw Error("the backend is not as it should be: ", incomplete);
    print(fmt::format("{:<16}{:<10}{:<10}{}\n", "operation", "CPU", "GPU", "here"));
    bool right = true;
    for (const testing::CommunicatorCheck& check : testing::checks_of(table_)) {
      const Capability& row =
          *std::find_if(table_.begin(), table_.end(),
                        [&](const Capability& each) { return each.operation == check.operation; });
      std::string wrong;
      try {
        wrong = check.ask(world_);
      } catch (const std::exception& error) {
        wrong = std::string("it threw: ") + error.what();
      }
      wrong = ranks_.outcome(wrong);
      right = right && wrong.empty();
      print(fmt::format("{:<16}{:<10}{:<10}{}\n", row.operation, support_text(row.cpu),
                        support_text(row.gpu), wrong.empty() ? "right" : "WRONG: " + wrong));
    }
    return right;
  }

  void time() {
    std::vector<const Timed*> there;
    for (const Timed& each : timed()) {
      const bool has = std::any_of(table_.begin(), table_.end(), [&](const Capability& row) {
        return row.operation == each.operation && row.cpu != Support::kAbsent;
      });
      if (has) there.push_back(&each);
    }
    std::string latencies = head("microseconds a call", there);
    std::string bandwidths = head("bus bandwidth, MB/s", there);
    for (const std::int64_t bytes : kTimedBytes) {
      latencies += fmt::format("{:<22}", size_text(bytes));
      bandwidths += fmt::format("{:<22}", size_text(bytes));
      for (const Timed* each : there) {
        const double seconds = time_of(world_, ranks_, each->prepare(world_, bytes), bytes);
        constexpr double kMicro = 1e6, kMega = 1e6;
        const double traffic = each->traffic(world_.size()) * static_cast<double>(bytes);
        latencies += fmt::format("{:>15.1f}", seconds * kMicro);
        bandwidths += fmt::format("{:>15.1f}", traffic / seconds / kMega);
      }
      latencies += "\n";
      bandwidths += "\n";
    }
    print("\n" + latencies + "\n" + bandwidths);
  }

 private:
  static std::string head(const std::string& what, const std::vector<const Timed*>& columns) {
    std::string line = fmt::format("{:<22}", what);
    for (const Timed* each : columns) line += fmt::format("{:>15}", each->operation);
    return line + "\n";
  }

  void print(const std::string& text) const {
    if (ranks_.leads()) std::cout << text << std::flush;
  }

  const std::vector<Capability> table_;
  Communicator& world_;
  Ranks& ranks_;
};

int comm_on(const World& place, const CommOptions& options, const plugin::Registry& registry) {
  const std::unique_ptr<Backend> backend =
      registry.build<Backend>({{"use", options.backend}}, "--backend");
  const std::unique_ptr<Communicator> world = backend->connect(place);
  Ranks ranks(place, *world, c10::kCPU);
  if (ranks.leads()) {
    std::cout << "backend/" << options.backend << ", " << place.size
              << (place.size == 1 ? " rank\n\n" : " ranks\n\n");
  }
  Comm comm(*backend, *world, ranks);
  const bool right = comm.check();
  if (right && !options.check_only) comm.time();
  return right ? 0 : 3;
}

}  // namespace

int comm(const CommOptions& options, const plugin::Registry& registry) {
  const spec::Json launch = {{"processes", "1"},  {"backend", {{"use", options.backend}}},
                             {"master", nullptr}, {"timeout", options.timeout_seconds},
                             {"max_restarts", 0}, {"elastic", false}};
  registry.get(Backend::kKind, options.backend);  // before any process is started
  return in_world(options.processes, launch, [&](const world::Membership* member) {
    return comm_on(member == nullptr ? World() : member->place(), options, registry);
  });
}

}  // namespace cofi::run
