// A child process of the run: several of them run cells at once, and one that takes its process
// down spares the run.
#pragma once

#include <string>
#include <sys/types.h>

#include "run/worker.hpp"

namespace cofi::run {

class ChildWorker final : public Worker {
 public:
  // Runs this program again with the same arguments and `--worker THREADS`. The child ends with its
  // parent.
  explicit ChildWorker(int threads);
  ~ChildWorker() override;
  ChildWorker(const ChildWorker&) = delete;
  ChildWorker& operator=(const ChildWorker&) = delete;

  void give(const std::string& family, const std::vector<const Cell*>& cells) override;
  int descriptor() const override { return from_; }
  bool answered() override;
  Answer take() override;
  void stop(int signal) override;

 private:
  void bury();

  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;  // pipes to its standard input and from its standard output
};

// In the child: the next family that the parent gives; empty where there are no more.
std::string take_order();
void answer(Worker::Answer answer);

}  // namespace cofi::run
