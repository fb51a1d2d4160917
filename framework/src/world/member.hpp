// A rank in the world of a host.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "world/client.hpp"
#include "world/membership.hpp"

namespace cofi::world {

class Server;

// What a launcher tells a rank.
struct Seat {
  int rank = 0, size = 1, local_rank = 0, local_size = 1, generation = 1;
  Address address;
  Server* server = nullptr;  // where this process hosts the world itself
  std::string interface;  // the address that ranks talk over; empty: the one that reaches the host
};

class COFI_API Member final : public Membership {
 public:
  // Joins, and waits until all others have. An Error says what is wrong with the world.
  explicit Member(const Seat& seat);
  ~Member() override;

  const World& place() const override { return place_; }
  int generation() const override { return seat_.generation; }
  void finish() override;
  bool abandon(const std::string& message) override;

 private:
  // Ends this process once the world has ended without it: with the verdict on stderr, and 3, or
  // with 2 where no rank died but one gave its world up.
  void beat();
  bool stops_within(std::chrono::duration<double> time);
  void stop_beating();
  // The world's host goes last, so that all others hear the verdict.
  void see_off() const;
  [[noreturn]] void end_with(const Message& verdict) const;
  // The host's answer; a host that is lost ends this process.
  Message ask(const Message& question);

  Seat seat_;
  World place_;
  std::unique_ptr<StoreClient> store_;
  std::mutex mutex_;  // of the connection
  Connection connection_;
  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread beating_;
};

}  // namespace cofi::world
