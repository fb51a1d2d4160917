// Who works on cells that a run gives out, so that several run at once: a child process, or a rank
// of the world.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"

namespace cofi::run {

class Worker {
 public:
  // What became of the cells that it was given.
  enum class Answer { kDone, kFailed, kInterrupted, kDied };

  virtual ~Worker();

  bool idle() const { return given_.empty(); }
  // The cells' family that it works on.
  const std::string& given() const { return given_; }
  virtual void give(const std::string& family, const std::vector<const Cell*>& cells) = 0;
  // Becomes readable when it has answered, or died; -1 where it has none.
  virtual int descriptor() const { return -1; }
  // Whether take() would not wait.
  virtual bool answered() = 0;
  // Waits for the answer. A FolderError where it met one and said so.
  virtual Answer take() = 0;
  // Passes a signal on that asks to stop.
  virtual void stop(int signal) = 0;
  // How it died: "SIGSEGV (Segmentation fault)", "exit code 1".
  const std::string& death() const { return death_; }

 protected:
  std::string given_, death_;
};

}  // namespace cofi::run
