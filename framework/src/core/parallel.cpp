#include "cofi/parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

namespace cofi {
namespace {

// Set while a thread works on a pool's blocks, so that nested loops run inline.
thread_local bool busy = false;

// How long an idle worker looks for the next loop before it sleeps: loops of a training step follow
// one another within microseconds, and waking a sleeper costs more than most of them take.
constexpr int kSpins = 4000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

struct ThreadPool::Workers {
  struct Job {
    const std::function<void(std::int64_t)>* work = nullptr;
    std::int64_t blocks = 0;
    std::atomic<std::int64_t> next{0};
    std::mutex mutex;  // guards the two below
    std::int64_t failed_block = std::numeric_limits<std::int64_t>::max();
    std::exception_ptr failure;

    // Blocks are claimed in ascending order, so every block below a failed one is claimed already
    // and runs to its end: the lowest failure is the same on every run.
    void work_off() {
      busy = true;
      while (true) {
        const std::int64_t block = next.fetch_add(1);
        if (block >= blocks) break;
        try {
          (*work)(block);
        } catch (...) {
          next = blocks;
          const std::lock_guard lock(mutex);
          if (block < failed_block) {
            failed_block = block;
            failure = std::current_exception();
          }
        }
      }
      busy = false;
    }
  };

  std::vector<std::thread> threads;
  std::mutex one_at_a_time;  // held by the caller of run()
  std::mutex mutex;          // guards job and stop, with generation counting jobs
  std::condition_variable wake;
  std::atomic<std::uint64_t> generation{0};
  std::atomic<int> working{0};
  Job* job = nullptr;
  bool stop = false;

  void loop() {
    std::uint64_t seen = 0;
    while (true) {
      for (int spin = 0; spin < kSpins && generation.load() == seen; ++spin) pause();
      Job* mine = nullptr;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return generation.load() != seen; });
        seen = generation.load();
        if (stop) return;
        mine = job;
      }
      mine->work_off();
      working.fetch_sub(1);
    }
  }
};

ThreadPool::ThreadPool(int threads) : workers_(std::make_unique<Workers>()) {
  if (threads < 1) throw std::invalid_argument("a thread pool needs at least one thread");
  for (int n = 1; n < threads; ++n) {
    workers_->threads.emplace_back([workers = workers_.get()] { workers->loop(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(workers_->mutex);
    workers_->stop = true;
    workers_->generation.fetch_add(1);
  }
  workers_->wake.notify_all();
  for (std::thread& thread : workers_->threads) thread.join();
}

int ThreadPool::threads() const { return static_cast<int>(workers_->threads.size()) + 1; }

void ThreadPool::run(std::int64_t blocks, const std::function<void(std::int64_t)>& work) const {
  if (workers_->threads.empty() || busy || blocks <= 1) {
    for (std::int64_t block = 0; block < blocks; ++block) work(block);
    return;
  }
  const std::lock_guard one(workers_->one_at_a_time);
  Workers::Job job;
  job.work = &work;
  job.blocks = blocks;
  {
    const std::lock_guard lock(workers_->mutex);
    workers_->job = &job;
    workers_->working = static_cast<int>(workers_->threads.size());
    workers_->generation.fetch_add(1);
  }
  workers_->wake.notify_all();
  job.work_off();
  // The job lives on this stack: every worker must have let go of it.
  for (int spin = 0; workers_->working.load() != 0; ++spin) {
    spin < kSpins ? pause() : std::this_thread::yield();
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace cofi
