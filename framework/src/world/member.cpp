#include "world/member.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <unistd.h>

#include "core/own_process.hpp"
#include "world/server.hpp"

namespace cofi::world {
namespace {

constexpr double kLongestBeat = 5;  // seconds

[[noreturn]] void exit_with_verdict(const std::string& verdict) {
  std::fflush(stdout);
  std::fputs(("cofi: " + verdict + "\n").c_str(), stderr);
  std::fflush(stderr);
  _exit(3);
}

std::string who_am_i() { return "process " + std::to_string(getpid()) + " on " + host_name(); }

}  // namespace

Membership::~Membership() = default;

void (*Member::on_end)(const std::string&) = &exit_with_verdict;

Member::Member(const Seat& seat)
    : seat_(seat), connection_(seat.address.host, seat.address.port, seat.address.timeout_seconds) {
  const double timeout = seat.address.timeout_seconds;
  greet_as_client(connection_, seat.address.token, "member", timeout);
  connection_.send({std::to_string(seat.rank), std::to_string(seat.size),
                    std::to_string(seat.generation), who_am_i()},
                   timeout);
  // The host waits that long for the others before it says who is missing.
  const Message reply = connection_.receive(2 * timeout + kLongestBeat);
  if (reply.size() == 2 && reply[0] == "died") on_end(reply[1]);
  if (reply.size() == 2 && reply[0] != "alive") throw Error(reply[1]);
  store_ = std::make_unique<StoreClient>(seat.address, seat.generation);
  place_.rank = seat.rank;
  place_.size = seat.size;
  place_.local_rank = seat.local_rank;
  place_.local_size = seat.local_size;
  place_.store = store_.get();
  place_.address = seat.interface.empty() ? connection_.local_address() : seat.interface;
  place_.timeout_seconds = timeout;
  beating_ = std::thread([this] { beat(); });
}

Member::~Member() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  beating_.join();
}

std::string Member::ask(const Message& question) {
  const std::lock_guard lock(mutex_);
  try {
    connection_.send(question, seat_.address.timeout_seconds);
    const Message reply = connection_.receive(seat_.address.timeout_seconds);
    if (reply.size() == 2 && reply[0] == "ended") {
      see_off();
      if (question[0] != "abandon") on_end(reply[1]);
      return reply[1];
    }
    return reply.empty() ? "" : reply[0];
  } catch (const Disconnected& error) {
    on_end("rank " + std::to_string(seat_.rank) + " has lost the world's host (" +
           seat_.address.host + ":" + seat_.address.port + "): " + error.what());
    return "";
  }
}

void Member::see_off() const {
  constexpr int kOwn = 2;  // connections: this one, and the store's
  if (seat_.server != nullptr) {
    seat_.server->wait_for_leaving(kOwn, seat_.address.timeout_seconds / 6 + kLongestBeat);
  }
}

void Member::beat() {
  const std::chrono::duration<double> between(
      std::min(kLongestBeat, seat_.address.timeout_seconds / 6));
  for (;;) {
    {
      std::unique_lock lock(stop_mutex_);
      if (stop_.wait_for(lock, between, [&] { return stopping_; })) return;
    }
    ask({"beat"});
  }
}

void Member::finish() {
  constexpr std::chrono::milliseconds kBetween(20);
  while (ask({"finish"}) == "alive") std::this_thread::sleep_for(kBetween);
  see_off();
}

bool Member::abandon(const std::string& message) {
  const std::string verdict = ask({"abandon", message}),
                    mine = "rank " + std::to_string(place_.rank);
  const std::string end = ": " + message;
  const bool same = verdict.size() > end.size() &&
                    verdict.compare(verdict.size() - end.size(), end.size(), end) == 0;
  return !same || verdict == mine + end;
}

}  // namespace cofi::world
