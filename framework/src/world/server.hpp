// The host of a world: its store and its roll, behind a port that only its own processes get past.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "world/connection.hpp"
#include "world/memory_store.hpp"
#include "world/rendezvous.hpp"
#include "world/roll.hpp"

namespace cofi::world {

class COFI_API Server {
 public:
  struct Options {
    std::string host = "127.0.0.1";  // of the interface that it listens on, and on no other
    std::string port = "0";          // 0: any that is free
    std::string token;
    Roll::Options roll;
  };
  // Listens at once; an Error where the port is taken or the host is no address of this machine.
  explicit Server(const Options& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Until no more than so many connections (this process' own) are left, for some time at most.
  void wait_for_leaving(int own, double seconds);

  std::string host() const { return host_; }
  std::string port() const { return port_; }

 private:
  void accept();
  void join_served();
  void begin_serving(const std::shared_ptr<Connection>& connection);  // serving_mutex_ is held
  // One connection from greeting to end, on a thread of its own.
  void serve(Connection& connection);
  void serve_store(Connection& connection);
  void serve_member(Connection& connection);
  void serve_node(Connection& connection);
  Message answer(const Message& question, int generation);
  std::string waited_for(const std::string& key, double seconds, int generation);

  const std::string token_;
  const double timeout_;
  std::string host_, port_;
  Roll roll_;
  MemoryStore store_;
  int stored_generation_;  // whose notes the store has
  std::mutex generation_mutex_;
  std::atomic<bool> stopping_{false};
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::mutex serving_mutex_;
  std::condition_variable served_;
  std::map<const Connection*, std::thread> serving_;
  std::vector<std::thread> ended_;  // served; to be joined
  std::thread accepting_;
};

// Hosts a world where its processes look for it, and says so there; `address`: how to reach it.
COFI_API std::unique_ptr<Server> host_world(Rendezvous& meeting, const Roll::Options& roll,
                                            Address& address);

}  // namespace cofi::world
