// A child process of the run: it works on cells that it is given, so that several run at once, and
// so that one that takes its process down spares the run.
#pragma once

#include <string>
#include <sys/types.h>

namespace cofi::run {

class Worker {
 public:
  // What became of the cells that it was given.
  enum class Answer { kDone, kFailed, kInterrupted, kDied };

  // Runs this program again with the same arguments and `--worker THREADS`. The child ends with its
  // parent.
  explicit Worker(int threads);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool idle() const { return given_.empty(); }
  // The cells' family that it works on.
  const std::string& given() const { return given_; }
  void give(const std::string& family);
  // Becomes readable when it has answered, or died.
  int descriptor() const { return from_; }
  // Waits for the answer. A FolderError where the child met one and said so.
  Answer take();
  // Passes a signal on that asks to stop.
  void stop(int signal) const;
  // How it died: "SIGSEGV (Segmentation fault)", "exit code 1".
  const std::string& death() const { return death_; }

 private:
  void bury();

  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;  // pipes to its standard input and from its standard output
  std::string given_, death_;
};

// In the child: the next family that the parent gives; empty where there are no more.
std::string take_order();
void answer(Worker::Answer answer);

}  // namespace cofi::run
