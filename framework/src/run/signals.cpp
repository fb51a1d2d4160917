#include "run/signals.hpp"

#include <csignal>

namespace cofi::run {
namespace {

volatile std::sig_atomic_t signal_received = 0;

void handle(int signal) { signal_received = signal; }

}  // namespace

StopSignals::StopSignals() {
  signal_received = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  // No SA_RESTART: waiting for a child ends, so that the signal can be passed on.
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

StopSignals::~StopSignals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int StopSignals::received() { return signal_received; }

}  // namespace cofi::run
