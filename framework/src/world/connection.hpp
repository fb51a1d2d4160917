// A TCP connection that carries messages, with a deadline for each step.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

#include "world/message.hpp"

namespace cofi::world {

// The other end is gone, or does not answer in time.
class COFI_API Disconnected final : public Error {
 public:
  using Error::Error;
  Disconnected(const Disconnected&) = default;
  Disconnected& operator=(const Disconnected&) = default;
  ~Disconnected() override;
};

// One thread uses it at a time.
class COFI_API Connection {
 public:
  Connection() : socket_(io_) {}
  // Tries again until it succeeds; Disconnected after so many seconds.
  Connection(const std::string& host, const std::string& port, double seconds);

  boost::asio::ip::tcp::socket& socket() { return socket_; }
  std::string peer() const;           // "10.0.0.3:4711"
  std::string local_address() const;  // of the interface that it goes through

  void send(const Message& message, double seconds);
  // The next message; Disconnected where none comes within so many seconds.
  Message receive(double seconds, std::size_t longest = kLongestMessage);
  // Whether something has arrived, or the other end is gone, within so many seconds.
  bool readable(double seconds);
  void close();

 private:
  // Runs what was begun; false where it takes longer.
  bool run(double seconds);
  void read(char* into, std::size_t count, double seconds);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
};

// Each proves to the other that it knows the token; `role` is what the client comes for. Strangers
// are Disconnected.
void greet_as_client(Connection& connection, const std::string& token, const std::string& role,
                     double seconds);
std::string greet_as_server(Connection& connection, const std::string& token, double seconds);

}  // namespace cofi::world
