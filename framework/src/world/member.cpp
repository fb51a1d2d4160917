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
// What all ranks meet at once (data that differ), each says of itself if it has the time.
constexpr std::chrono::seconds kToAbandon(1);

// The world has ended without this rank: 3 where another rank died, 2 where it gave its world up.
[[noreturn]] void exit_with_verdict(const Message& reply) {
  std::fflush(stdout);
  std::fputs(("cofi: " + reply[1] + "\n").c_str(), stderr);
  std::fflush(stderr);
  _exit(reply[0] == kDied ? 3 : 2);
}

bool is_verdict(const Message& reply) {
  return reply.size() == 2 && (reply[0] == kDied || reply[0] == kEnded);
}

std::string who_am_i() { return "process " + std::to_string(getpid()) + " on " + host_name(); }

}  // namespace

Membership::~Membership() = default;

Member::Member(const Seat& seat)
    : seat_(seat), connection_(seat.address.host, seat.address.port, seat.address.timeout_seconds) {
  const double timeout = seat.address.timeout_seconds;
  greet_as_client(connection_, seat.address.token, "member", timeout);
  connection_.send({std::to_string(seat.rank), std::to_string(seat.size),
                    std::to_string(seat.generation), who_am_i()},
                   timeout);
  // The host waits that long for the others before it says who is missing.
  const Message reply = connection_.receive(2 * timeout + kLongestBeat);
  if (reply.size() == 2 && reply[0] == kDied) exit_with_verdict(reply);
  if (reply.size() == 2 && reply[0] != kAlive) throw Error(reply[1]);
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
  stop_beating();
  beating_.join();
}

Message Member::ask(const Message& question) {
  const std::lock_guard lock(mutex_);
  try {
    connection_.send(question, seat_.address.timeout_seconds);
    return connection_.receive(seat_.address.timeout_seconds);
  } catch (const Disconnected& error) {
    exit_with_verdict({kDied, "rank " + std::to_string(seat_.rank) +
                                  " has lost the world's host (" + seat_.address.host + ":" +
                                  seat_.address.port + "): " + error.what()});
  }
}

void Member::see_off() const {
  constexpr int kOwn = 2;  // connections: this one, and the store's
  if (seat_.server != nullptr) {
    seat_.server->wait_for_leaving(kOwn, seat_.address.timeout_seconds / 6 + kLongestBeat);
  }
}

void Member::end_with(const Message& verdict) const {
  see_off();
  exit_with_verdict(verdict);
}

bool Member::stops_within(std::chrono::duration<double> time) {
  std::unique_lock lock(stop_mutex_);
  return stop_.wait_for(lock, time, [&] { return stopping_; });
}

void Member::stop_beating() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void Member::beat() {
  const std::chrono::duration<double> between(
      std::min(kLongestBeat, seat_.address.timeout_seconds / 6));
  while (!stops_within(between)) {
    const Message reply = ask({"beat"});
    if (!is_verdict(reply)) continue;
    if (reply[0] == kEnded && stops_within(kToAbandon)) return;
    end_with(reply);
  }
}

void Member::finish() {
  constexpr std::chrono::milliseconds kBetween(20);
  for (;;) {
    const Message reply = ask({"finish"});
    if (is_verdict(reply)) end_with(reply);
    if (reply == Message{kDone}) break;
    std::this_thread::sleep_for(kBetween);
  }
  see_off();
}

bool Member::abandon(const std::string& message) {
  stop_beating();
  const Message reply = ask({"abandon", message});
  see_off();
  // What this rank met is most likely what the death of another has done to it.
  if (is_verdict(reply) && reply[0] == kDied) {
    exit_with_verdict(
        {kDied, reply[1] + "; thereupon rank " + std::to_string(place_.rank) + " met: " + message});
  }
  const std::string verdict = is_verdict(reply) ? reply[1] : "",
                    mine = "rank " + std::to_string(place_.rank), end = ": " + message;
  const bool same = verdict.size() > end.size() &&
                    verdict.compare(verdict.size() - end.size(), end.size(), end) == 0;
  return !same || verdict == mine + end;
}

}  // namespace cofi::world
