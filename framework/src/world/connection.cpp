#include "world/connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "world/token.hpp"

namespace cofi::world {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
namespace {

constexpr const char* kProtocol = "cofi-world-1";
constexpr std::size_t kLongestGreeting = 4096;
constexpr double kBetweenTries = 0.1;

std::chrono::duration<double> left(Clock::time_point end) { return end - Clock::now(); }

}  // namespace

Disconnected::~Disconnected() = default;

Connection::Connection(const std::string& host, const std::string& port, double seconds)
    : Connection() {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  for (;;) {
    boost::system::error_code failure;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(host, port, failure);
    if (!failure) {
      asio::async_connect(
          socket_, found,
          [&](const boost::system::error_code& error, const tcp::endpoint&) { failure = error; });
      if (!run(std::max(kBetweenTries, left(end).count()))) failure = asio::error::timed_out;
      if (!failure) break;
    }
    close();
    if (left(end).count() < kBetweenTries) {
      throw Disconnected("cannot reach ", host, ":", port, ": ", failure.message());
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(kBetweenTries));
  }
  socket_.set_option(tcp::no_delay(true));
}

bool Connection::run(double seconds) {
  io_.restart();
  const auto limit = std::chrono::duration<double>(std::min(seconds, 1e6));
  io_.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(limit));
  if (io_.stopped()) return true;
  close();  // ends what is under way, with an error that nobody looks at
  io_.restart();
  io_.run();
  return false;
}

std::string Connection::peer() const {
  boost::system::error_code gone;
  const tcp::endpoint end = socket_.remote_endpoint(gone);
  return gone ? "?" : end.address().to_string() + ":" + std::to_string(end.port());
}

std::string Connection::local_address() const {
  boost::system::error_code gone;
  const tcp::endpoint end = socket_.local_endpoint(gone);
  return gone ? "" : end.address().to_string();
}

void Connection::send(const Message& message, double seconds) {
  const std::string body = pack(message), head = frame_head(body.size());
  boost::system::error_code failure;
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(body)};
  asio::async_write(socket_, parts,
                    [&](const boost::system::error_code& error, std::size_t) { failure = error; });
  if (!run(seconds)) throw Disconnected("the other end takes nothing for ", seconds, " s");
  if (failure) throw Disconnected(failure.message());
}

void Connection::read(char* into, std::size_t count, double seconds) {
  boost::system::error_code failure;
  asio::async_read(socket_, asio::buffer(into, count),
                   [&](const boost::system::error_code& error, std::size_t) { failure = error; });
  if (!run(seconds)) throw Disconnected("no answer for ", seconds, " s");
  if (failure) throw Disconnected(failure.message());
}

Message Connection::receive(double seconds, std::size_t longest) {
  std::array<char, kFrameHead> head{};
  read(head.data(), head.size(), seconds);
  std::string body(body_size({head.data(), head.size()}, longest), '\0');
  read(body.data(), body.size(), seconds);
  return unpack(body);
}

bool Connection::readable(double seconds) {
  bool ready = false;
  socket_.async_wait(tcp::socket::wait_read,
                     [&](const boost::system::error_code& error) { ready = !error; });
  io_.restart();
  const auto limit = std::chrono::duration<double>(seconds);
  io_.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(limit));
  if (io_.stopped()) return ready;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  io_.restart();
  io_.run();
  return ready;
}

void Connection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void greet_as_client(Connection& connection, const std::string& token, const std::string& role,
                     double seconds) {
  const Message hello = connection.receive(seconds, kLongestGreeting);
  if (hello.size() != 2 || hello[0] != kProtocol) {
    throw Disconnected(connection.peer(), " is not the host of a world of this version");
  }
  const std::string &server = hello[1], mine = random_token();
  connection.send({role, mine, proof(token, "client " + role + server + mine)}, seconds);
  const Message answer = connection.receive(seconds, kLongestGreeting);
  if (answer.size() != 1 || !same_proof(answer[0], proof(token, "server " + mine + server))) {
    throw Disconnected(connection.peer(), " does not know this world's token: $COFI_TOKEN must be ",
                       "the same on all machines");
  }
}

std::string greet_as_server(Connection& connection, const std::string& token, double seconds) {
  const std::string mine = random_token();
  connection.send({kProtocol, mine}, seconds);
  const Message joined = connection.receive(seconds, kLongestGreeting);
  if (joined.size() != 3 ||
      !same_proof(joined[2], proof(token, "client " + joined[0] + mine + joined[1]))) {
    // Says that much, so that a rank with another token need not wait.
    connection.send({"refused"}, seconds);
    throw Disconnected("a stranger");
  }
  connection.send({proof(token, "server " + joined[1] + mine)}, seconds);
  return joined[0];
}

}  // namespace cofi::world
