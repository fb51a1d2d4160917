// A world of several ranks in one process, each a thread with a communicator of backend/gloo.
#pragma once

#include <exception>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/testing/make.hpp"

#include "world/memory_store.hpp"

namespace cofi::test {

// Calls the body on each rank at once, and throws what the first of them throws. (Catch2's
// assertions are no thread's business: the body leaves behind what is then compared.)
inline void run_ranks(int size,
                      const std::function<void(Communicator& world, const World& place)>& body) {
  const auto backend = testing::make<Backend>("backend/gloo");
  world::MemoryStore store;
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size));
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < size; ++rank) {
    ranks.emplace_back([&, rank] {
      try {
        World place;
        place.rank = place.local_rank = rank;
        place.size = place.local_size = size;
        place.store = &store;
        const auto world = backend->connect(place);
        body(*world, place);
        world->barrier()->wait();  // nobody leaves while others still connect
      } catch (...) {
        failures[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& rank : ranks) rank.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

// What the body returns on each rank.
template <class T>
std::vector<T> on_ranks(int size, const std::function<T(Communicator& world)>& body) {
  std::vector<T> all(static_cast<std::size_t>(size));
  run_ranks(size, [&](Communicator& world, const World& place) {
    all[static_cast<std::size_t>(place.rank)] = body(world);
  });
  return all;
}

}  // namespace cofi::test
