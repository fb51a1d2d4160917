#include "core/signals.hpp"

#include <csignal>
#include <ctime>

namespace cofi {
namespace {

volatile std::sig_atomic_t signal_received = 0;
timespec first_time{};  // written by the handler alone; both signals are blocked while it runs

void handle(int signal) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (signal_received == 0) {
    first_time = now;
    signal_received = signal;
  } else if (now.tv_sec > first_time.tv_sec + 1) {
    // Takes effect when the handler returns and the signal is no longer blocked.
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
}

}  // namespace

StopSignals::StopSignals() {
  signal_received = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  // No SA_RESTART: waiting for a child ends, so that the signal can be passed on.
  action.sa_flags = 0;
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

StopSignals::~StopSignals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int StopSignals::received() { return signal_received; }

}  // namespace cofi
