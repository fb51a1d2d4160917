#include <ATen/ops/zeros.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iostream>

#include "run/commands.hpp"
#include "run/machine.hpp"
#include "run/processes.hpp"
#include "run/ranks.hpp"
#include "run/staged_communicator.hpp"
#include "testing/communicator_checks.hpp"

namespace cofi::run {
namespace {

using Tensors = Communicator::Tensors;

// A rank's part of an operation's work, begun and waited for.
using Call = std::function<void()>;

constexpr std::int64_t kFloat = sizeof(float);

// What is timed: the ranks, and tensors where the backend takes them as they are.
struct Wire {
  Communicator& world;
  c10::Device device;

  at::Tensor floats(std::int64_t bytes) const {
    return at::zeros({std::max<std::int64_t>(1, bytes / kFloat)},
                     at::device(device).dtype(at::kFloat));
  }
  Tensors parts(std::int64_t bytes) const {
    Tensors all;
    for (int rank = 0; rank < world.size(); ++rank) all.push_back(floats(bytes / world.size()));
    return all;
  }
  // Until what was begun on a GPU is done.
  void finish() const {
    if (!device.is_cpu())
      c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
  }
};

struct Timed {
  std::string operation;
  // Over all ranks' links at once, bytes on the busiest by bytes of the operation, n ranks: what
  // makes operations and world sizes comparable (the "bus bandwidth" of NVIDIA's nccl-tests).
  std::function<double(double n)> traffic;
  // bytes: of what a rank gives or gets in all.
  std::function<Call(const Wire&, std::int64_t bytes)> prepare;
};

double whole(double) { return 1; }
double others(double n) { return (n - 1) / n; }

Call send_round(const Wire& wire, std::int64_t bytes) {
  Communicator& world = wire.world;
  const int next = (world.rank() + 1) % world.size();
  const int before = (world.rank() + world.size() - 1) % world.size();
  return [&world, next, before, out = wire.floats(bytes), in = wire.floats(bytes)] {
    const Communicator::Pending sent = world.send(out, next);
    world.recv(in, before)->wait();
    sent->wait();
  };
}

const std::vector<Timed>& timed() {
  using W = Wire;
  static const std::vector<Timed> kTimed = {
      {"send", whole, &send_round},
      {"broadcast", whole,
       [](const W& w, std::int64_t bytes) -> Call {
         return [&w, t = w.floats(bytes)] { w.world.broadcast(t, 0)->wait(); };
       }},
      {"reduce", whole,
       [](const W& w, std::int64_t bytes) -> Call {
         return [&w, t = w.floats(bytes)] { w.world.reduce(t, 0, ReduceOp::kSum)->wait(); };
       }},
      {"all_reduce", [](double n) { return 2 * (n - 1) / n; },
       [](const W& w, std::int64_t bytes) -> Call {
         return [&w, t = w.floats(bytes)] { w.world.all_reduce(t, ReduceOp::kSum)->wait(); };
       }},
      {"gather", others,
       [](const W& w, std::int64_t bytes) -> Call {
         const Tensors out = w.world.rank() == 0 ? w.parts(bytes) : Tensors();
         return
             [&w, t = w.floats(bytes / w.world.size()), out] { w.world.gather(t, out, 0)->wait(); };
       }},
      {"all_gather", others,
       [](const W& w, std::int64_t bytes) -> Call {
         return [&w, t = w.floats(bytes / w.world.size()), out = w.parts(bytes)] {
           w.world.all_gather(t, out)->wait();
         };
       }},
      {"scatter", others,
       [](const W& w, std::int64_t bytes) -> Call {
         const Tensors in = w.world.rank() == 0 ? w.parts(bytes) : Tensors();
         return
             [&w, t = w.floats(bytes / w.world.size()), in] { w.world.scatter(in, t, 0)->wait(); };
       }},
      {"reduce_scatter", others,
       [](const W& w, std::int64_t bytes) -> Call {
         return [&w, t = w.floats(bytes / w.world.size()), in = w.parts(bytes)] {
           w.world.reduce_scatter(in, t, ReduceOp::kSum)->wait();
         };
       }},
      {"all_to_all", others, [](const W& w, std::int64_t bytes) -> Call {
         return [&w, in = w.parts(bytes), out = w.parts(bytes)] {
           w.world.all_to_all(in, out)->wait();
         };
       }}};
  return kTimed;
}

constexpr std::array<std::int64_t, 9> kTimedBytes = {8,       64,      512,      4 << 10, 32 << 10,
                                                     1 << 18, 2 << 20, 16 << 20, 64 << 20};

// Seconds a call, on this rank, of as many as are worth about 64 MB.
double time_of(const Wire& wire, const Ranks& ranks, const Call& call, std::int64_t bytes) {
  constexpr std::int64_t kWork = 1 << 26, kLeast = 3, kMost = 200;
  const std::int64_t calls = std::clamp(kWork / bytes / wire.world.size(), kLeast, kMost);
  for (std::int64_t n = 0; n < kLeast; ++n) call();
  wire.finish();
  ranks.wait();
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  for (std::int64_t n = 0; n < calls; ++n) call();
  wire.finish();
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

// A backend for GPUs alone: each rank of a machine has one of its own.
c10::Device device_of(const std::vector<Capability>& table, const World& place) {
  return serves(table, &Capability::cpu) ? c10::Device(c10::kCPU)
                                         : device_named("cuda", place.local_rank);
}

class Comm {
 public:
  Comm(std::vector<Capability> table, const Wire& wire, Ranks& ranks)
      : table_(std::move(table)), wire_(wire), ranks_(ranks) {}

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
        wrong = check.ask(wire_.world);
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
        return row.operation == each.operation && !row.absent();
      });
      if (has) there.push_back(&each);
    }
    std::string latencies = head("microseconds a call", there);
    std::string bandwidths = head("bus bandwidth, MB/s", there);
    for (const std::int64_t bytes : kTimedBytes) {
      latencies += fmt::format("{:<22}", size_text(bytes));
      bandwidths += fmt::format("{:<22}", size_text(bytes));
      for (const Timed* each : there) {
        const double seconds = time_of(wire_, ranks_, each->prepare(wire_, bytes), bytes);
        constexpr double kMicro = 1e6, kMega = 1e6;
        const double traffic = each->traffic(wire_.world.size()) * static_cast<double>(bytes);
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
  const Wire wire_;
  Ranks& ranks_;
};

int comm_on(World place, const CommOptions& options, const plugin::Registry& registry) {
  const std::unique_ptr<Backend> backend =
      registry.build<Backend>({{"use", options.backend}}, "--backend");
  const std::vector<Capability> table = backend->capabilities();
  place.device = device_of(table, place);
  const std::unique_ptr<Communicator> world = connected(*backend, place);
  Ranks ranks(place, *world);
  if (ranks.leads()) {
    std::cout << "backend/" << options.backend << ", " << place.size
              << (place.size == 1 ? " rank\n\n" : " ranks\n\n");
  }
  Comm comm(table, {*world, place.device}, ranks);
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
