// Parallel loops whose results do not depend on the number of threads: work is cut into fixed
// blocks, and what blocks yield is combined in block order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

class COFI_API ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;
  // work(block) for every block in [0, blocks), on all threads; returns when all are done. Of the
  // exceptions thrown, the one of the lowest block is rethrown. A call from inside work runs
  // inline.
  void run(std::int64_t blocks, const std::function<void(std::int64_t)>& work) const;

 private:
  struct Workers;
  std::unique_ptr<Workers> workers_;
};

// body(begin, end) over [0, n) in blocks of `grain`. Blocks must not touch each other's output.
template <class Body>
void parallel_for(const ThreadPool& pool, std::int64_t n, std::int64_t grain, const Body& body) {
  const std::int64_t blocks = (n + grain - 1) / grain;
  if (blocks <= 1) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
  pool.run(blocks,
           [&](std::int64_t block) { body(block * grain, std::min(n, (block + 1) * grain)); });
}

// The blocks' values body(begin, end), combined in block order: the same bits for any thread count.
template <class T, class Body, class Combine>
T parallel_reduce(const ThreadPool& pool, std::int64_t n, std::int64_t grain, T start,
                  const Body& body, const Combine& combine) {
  const std::int64_t blocks = (n + grain - 1) / grain;
  std::vector<T> partial(static_cast<std::size_t>(blocks), start);
  parallel_for(pool, n, grain, [&](std::int64_t begin, std::int64_t end) {
    partial[static_cast<std::size_t>(begin / grain)] = body(begin, end);
  });
  T total = start;
  for (const T& part : partial) total = combine(std::move(total), part);
  return total;
}

}  // namespace cofi
