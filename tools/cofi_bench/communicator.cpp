#include "communicator.hpp"

#include <ATen/ops/zeros.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include "cofi/communicator.hpp"

#include "plugin/registry.hpp"
#include "world/memory_store.hpp"

namespace cofi::bench {
namespace {

constexpr std::int64_t kLarge = 2'700'000;  // floats: 10.8 MB
constexpr int kLargeCalls = 21, kSmallCalls = 501;

using Group = c10::intrusive_ptr<c10d::ProcessGroupGloo>;

// On both ranks at once.
void on_both(const std::function<void(int rank)>& body) {
  std::thread other([&] { body(1); });
  body(0);
  other.join();
}

double seconds_of(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Pair {
  double bare, wrapped;
};

// Medians of rank 0's calls, which take turns, so that both meet the same noise.
Pair time_both(Group* groups, std::unique_ptr<Communicator>* communicators, std::int64_t floats,
               int calls) {
  std::vector<double> bare, wrapped;
  on_both([&](int rank) {
    const at::Tensor tensor = at::zeros({floats}, at::kFloat);
    for (int n = 0; n < calls; ++n) {
      const double one = seconds_of([&] {
        std::vector<at::Tensor> tensors{tensor};
        groups[rank]->allreduce(tensors)->wait();
      });
      const double two =
          seconds_of([&] { communicators[rank]->all_reduce(tensor, ReduceOp::kSum)->wait(); });
      if (rank == 0) bare.push_back(one), wrapped.push_back(two);
    }
  });
  return {median(bare), median(wrapped)};
}

}  // namespace

void run_communicator() {
  const auto backend = plugin::Registry::standard().build<Backend>({{"use", "gloo"}}, "bench");
  const auto bare_store = c10::make_intrusive<c10d::HashStore>();
  world::MemoryStore store;
  Group groups[2];
  std::unique_ptr<Communicator> communicators[2];
  on_both([&](int rank) {
    const auto options = c10d::ProcessGroupGloo::Options::create();
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
    groups[rank] = c10::make_intrusive<c10d::ProcessGroupGloo>(bare_store, rank, 2, options);
    World place;
    place.rank = rank;
    place.size = 2;
    place.store = &store;
    communicators[rank] = backend->connect(place);
  });
  const Pair large = time_both(groups, communicators, kLarge, kLargeCalls);
  const Pair small = time_both(groups, communicators, 1, kSmallCalls);
  std::printf("all_reduce of 10.8 MB between 2 ranks: c10d %.2f ms, backend/gloo %.2f ms (%.2f)\n",
              large.bare * 1e3, large.wrapped * 1e3, large.wrapped / large.bare);
  std::printf("all_reduce of 4 bytes: c10d %.1f us, backend/gloo %.1f us (%+.1f)\n",
              small.bare * 1e6, small.wrapped * 1e6, (small.wrapped - small.bare) * 1e6);
}

}  // namespace cofi::bench
