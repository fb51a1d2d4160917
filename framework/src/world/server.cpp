#include "world/server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace cofi::world {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
namespace {

constexpr double kGreeting = 5;  // seconds that a stranger may take
constexpr double kSlice = 0.2;   // seconds between two looks at whether to stop
constexpr double kLook = 0.001;  // seconds, for what has arrived already
constexpr std::size_t kMostAtOnce = 20000;
constexpr std::chrono::milliseconds kAfterFailure(20);

int number(const std::string& text) { return std::atoi(text.c_str()); }

// The rest of a message is as long as it must be.
void require(const Message& message, std::size_t size) {
  if (message.size() != size) throw Disconnected("sends what is no question to the world's host");
}

}  // namespace

Server::Server(const Options& options)
    : token_(options.token),
      timeout_(options.roll.timeout_seconds),
      roll_(options.roll),
      stored_generation_(options.roll.generation),
      acceptor_(io_) {
  boost::system::error_code failure;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(options.host, options.port, failure);
  if (failure) {
    throw Error("cannot host a world at ", options.host, ":", options.port, ": ",
                failure.message());
  }
  const tcp::endpoint end = *found.begin();
  acceptor_.open(end.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor_.bind(end, failure);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    throw Error("cannot host a world at ", options.host, ":", options.port, ": ", failure.message(),
                "; choose another port, or an address of this machine");
  }
  host_ = acceptor_.local_endpoint().address().to_string();
  port_ = std::to_string(acceptor_.local_endpoint().port());
  accept();
  accepting_ = std::thread([this] { io_.run(); });
}

Server::~Server() {
  stopping_ = true;
  roll_.close();
  store_.close();
  io_.stop();
  accepting_.join();
  {
    std::unique_lock lock(serving_mutex_);
    served_.wait(lock, [&] { return serving_.empty(); });
  }
  join_served();
}

void Server::wait_for_leaving(int own, double seconds) {
  std::unique_lock lock(serving_mutex_);
  served_.wait_for(lock, std::chrono::duration<double>(seconds),
                   [&] { return static_cast<int>(serving_.size()) <= own; });
}

// Never detached: at its end a thread gives back what libraries (OpenSSL) keep for it, which must
// not happen while the process is ending.
void Server::join_served() {
  std::vector<std::thread> ended;
  {
    const std::lock_guard lock(serving_mutex_);
    ended.swap(ended_);
  }
  for (std::thread& each : ended) each.join();
}

void Server::accept() {
  auto connection = std::make_shared<Connection>();
  acceptor_.async_accept(connection->socket(),
                         [this, connection](const boost::system::error_code& failure) {
                           join_served();
                           if (!failure && !stopping_) {
                             const std::lock_guard lock(serving_mutex_);
                             if (serving_.size() < kMostAtOnce) begin_serving(connection);
                           }
                           // No descriptor or memory for another one, perhaps: later there is.
                           if (failure) std::this_thread::sleep_for(kAfterFailure);
                           if (!stopping_) accept();
                         });
}

void Server::begin_serving(const std::shared_ptr<Connection>& connection) {
  try {
    serving_[connection.get()] = std::thread([this, connection] {
      serve(*connection);
      connection->close();
      const std::lock_guard ended(serving_mutex_);
      ended_.push_back(std::move(serving_.at(connection.get())));
      serving_.erase(connection.get());
      served_.notify_all();
    });
  } catch (const std::system_error&) {
    serving_.erase(connection.get());  // no thread for it: whoever calls tries again
    connection->close();
  }
}

void Server::serve(Connection& connection) {
  try {
    connection.socket().set_option(tcp::no_delay(true));
    const std::string role = greet_as_server(connection, token_, kGreeting);
    if (role == "store") serve_store(connection);
    if (role == "member") serve_member(connection);
    if (role == "node") serve_node(connection);
  } catch (const std::exception&) {
    // Gone, or no process of this world's: nobody is left to be told. What it means for the world
    // is the roll's to say.
  }
}

void Server::serve_store(Connection& connection) {
  const Message first = connection.receive(kGreeting);
  require(first, 1);
  const int generation = number(first[0]);
  {
    const std::lock_guard lock(generation_mutex_);
    if (roll_.is_current(generation) && stored_generation_ != generation) {
      store_.clear();
      stored_generation_ = generation;
    }
  }
  while (!stopping_) {
    if (!connection.readable(kSlice)) continue;
    const Message question = connection.receive(timeout_);
    Message reply;
    if (roll_.is_current(generation)) {
      try {
        reply = answer(question, generation);
      } catch (const Disconnected&) {
        throw;
      } catch (const Error& error) {
        reply = {"error", error.what()};
      }
    } else {
      reply = {"error", roll_.verdict(generation)->why};
    }
    connection.send(reply, timeout_);
  }
}

// In slices, so that the host can end, and the next generation begin.
std::string Server::waited_for(const std::string& key, double seconds, int generation) {
  for (double left = seconds;; left -= kSlice) {
    if (left <= kSlice) return store_.get(key, left);
    try {
      return store_.get(key, kSlice);
    } catch (const Error&) {
      if (stopping_ || !roll_.is_current(generation)) throw;
    }
  }
}

Message Server::answer(const Message& question, int generation) {
  const std::string what = question.empty() ? "" : question[0];
  if (what == "get") {
    require(question, 3);
    return {"ok", waited_for(question[1], std::strtod(question[2].c_str(), nullptr), generation)};
  }
  if (what == "set") {
    require(question, 3);
    store_.set(question[1], question[2]);
    return {"ok"};
  }
  if (what == "has" || what == "erase") {
    require(question, 2);
    const bool yes = what == "has" ? store_.has(question[1]) : store_.erase(question[1]);
    return {"ok", yes ? "1" : "0"};
  }
  if (what == "add") {
    require(question, 3);
    return {"ok", std::to_string(
                      store_.add(question[1], std::strtoll(question[2].c_str(), nullptr, 10)))};
  }
  if (what == "compare_set") {
    require(question, 4);
    return {"ok", store_.compare_set(question[1], question[2], question[3])};
  }
  if (what == "count") return {"ok", std::to_string(store_.count())};
  throw Disconnected("asks for '", what, "'");
}

void Server::serve_member(Connection& connection) {
  const Message joins = connection.receive(kGreeting);
  require(joins, 4);
  const int rank = number(joins[0]), generation = number(joins[2]);
  try {
    roll_.join(rank, number(joins[1]), generation, joins[3]);
  } catch (const Error& error) {
    const auto verdict = roll_.verdict(generation);
    connection.send({verdict && verdict->death ? kDied : kEnded, error.what()}, kGreeting);
    return;
  }
  connection.send({kAlive}, kGreeting);
  const auto started = std::chrono::steady_clock::now();
  auto last = started;
  while (!stopping_) {
    const auto silence =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - last).count();
    if (silence > timeout_) {
      roll_.died(rank, generation, "gives no sign of life any more");
      return;
    }
    if (!connection.readable(kSlice)) continue;
    Message question;
    try {
      question = connection.receive(timeout_);
    } catch (const Error&) {
      roll_.died(rank, generation, "has died");
      return;
    }
    last = std::chrono::steady_clock::now();
    const std::string what = question.empty() ? "" : question[0];
    if (what == "abandon" && question.size() == 2) roll_.abandoned(rank, generation, question[1]);
    const bool done = what == "finish" && roll_.finished(rank, generation);
    const auto verdict = roll_.verdict(generation);
    const Message reply = done      ? Message{kDone}
                          : verdict ? Message{verdict->death ? kDied : kEnded, verdict->why}
                                    : Message{kAlive};
    try {
      connection.send(reply, timeout_);
    } catch (const Error&) {
      roll_.died(rank, generation, "has died");
      return;
    }
  }
}

void Server::serve_node(Connection& connection) {
  int first_rank = -1;
  try {
    while (!stopping_) {
      if (!connection.readable(kSlice)) continue;
      const Message question = connection.receive(timeout_);
      const std::string what = question.empty() ? "" : question[0];
      if (what == "gather") {
        require(question, 5);
        const int first = number(question[1]);
        Message reply;
        try {
          const Roll::Place place =
              roll_.gather(first, number(question[2]), number(question[3]), question[4],
                           // It has nothing to say now: only its end is readable.
                           [&] { return stopping_ || connection.readable(kLook); });
          first_rank = first;
          reply = {"go", std::to_string(place.generation), std::to_string(place.first_rank),
                   std::to_string(place.world)};
        } catch (const Error& error) {
          reply = {"error", error.what()};
        }
        connection.send(reply, timeout_);
      } else if (what == "again") {
        require(question, 2);
        const int generation = number(question[1]);
        while (!stopping_ && !roll_.is_over(generation)) {
          std::this_thread::sleep_for(std::chrono::duration<double>(kSlice));
        }
        const auto verdict = roll_.verdict(generation);
        connection.send({roll_.again(generation) ? "again" : "end", verdict ? verdict->why : ""},
                        timeout_);
      } else if (what == "bye") {
        return;
      } else {
        throw Disconnected("asks for '", what, "'");
      }
    }
  } catch (const Error&) {
    roll_.left(first_rank);
    throw;
  }
}

std::unique_ptr<Server> host_world(Rendezvous& meeting, const Roll::Options& roll,
                                   Address& address) {
  address = meeting.to_host();
  auto server =
      std::make_unique<Server>(Server::Options{address.host, address.port, address.token, roll});
  address.port = server->port();
  meeting.publish(address);
  return server;
}

}  // namespace cofi::world
