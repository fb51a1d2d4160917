#include <ATen/ops/full.h>
#include <catch2/catch.hpp>

#include <functional>
#include <vector>

#include "run/metered_communicator.hpp"
#include "support/run_ranks.hpp"

using cofi::ReduceOp;
using cofi::run::MeteredCommunicator;

// Of 100 floats among 4 ranks.
TEST_CASE("what a rank sends is counted, as the best algorithms send it") {
  constexpr int kRanks = 4;
  constexpr double kBytes = 400;
  using Tensors = cofi::Communicator::Tensors;
  const auto counted = [&](const std::function<void(cofi::Communicator&)>& body) {
    std::vector<double> bytes(kRanks);
    cofi::test::run_ranks(kRanks, [&](cofi::Communicator& world, const cofi::World& place) {
      MeteredCommunicator metered(world.subgroup({0, 1, 2, 3}));
      body(metered);
      bytes[static_cast<std::size_t>(place.rank)] = metered.bytes();
    });
    return bytes;
  };
  const auto tensor = [] { return at::full({100}, 1, at::kFloat); };
  const auto tensors = [&] {
    Tensors all;
    for (int rank = 0; rank < kRanks; ++rank) all.push_back(tensor());
    return all;
  };
  const auto each = [](double bytes) { return std::vector<double>(kRanks, bytes); };
  CHECK(counted([&](auto& world) { world.all_reduce(tensor(), ReduceOp::kSum)->wait(); }) ==
        each(2 * kBytes * 3 / 4));
  CHECK(counted([&](auto& world) { world.broadcast(tensor(), 1)->wait(); }) ==
        each(kBytes * 3 / 4));
  CHECK(counted([&](auto& world) { world.all_gather(tensor(), tensors())->wait(); }) ==
        each(3 * kBytes));
  CHECK(counted([&](auto& world) {
          world.gather(tensor(), world.rank() == 2 ? tensors() : Tensors(), 2)->wait();
        }) == std::vector<double>{kBytes, kBytes, 0, kBytes});
  CHECK(counted([&](auto& world) {
          world.scatter(world.rank() == 2 ? tensors() : Tensors(), tensor(), 2)->wait();
        }) == std::vector<double>{0, 0, 3 * kBytes, 0});
  CHECK(counted([&](auto& world) { world.barrier()->wait(); }) == each(0));
  // A subgroup's count, too.
  CHECK(counted([&](auto& world) {
          const auto pair = world.subgroup({0, 1});
          if (pair) pair->all_reduce(tensor(), ReduceOp::kMax)->wait();
        }) == std::vector<double>{kBytes, kBytes, 0, 0});
}
