// SIGINT and SIGTERM as a request to stop that long work looks at.
#pragma once

namespace cofi {

// Handles both signals while it lives: the first one asks to stop; another one a second later or
// more ends the process at once, as if nobody handled it. (A terminal, `timeout` or mpirun may send
// the same wish twice in a row.)
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that asked to stop; 0: none yet.
  static int received();
};

}  // namespace cofi
