#include "world/rendezvous.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <ifaddrs.h>
#include <netdb.h>
#include <sstream>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>
#include <utility>

#include "world/token.hpp"

namespace cofi::world {

Rendezvous::~Rendezvous() = default;

namespace {

constexpr std::chrono::milliseconds kBetweenLooks(50);
constexpr double kOneTry = 1;  // seconds to reach a host that may be one of yesterday's

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::pair<std::string, std::string> host_and_port(const std::string& text, const std::string& of) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
    throw Error(of, ": HOST:PORT is expected, as 10.0.0.1:29500, or file:///PATH of a file that ",
                "all processes see");
  }
  std::string host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);  // IPv6
  return {host, text.substr(colon + 1)};
}

// The address of $GLOO_SOCKET_IFNAME; empty where that is not set.
std::string interface_address() {
  const std::string name = variable("GLOO_SOCKET_IFNAME");
  if (name.empty()) return "";
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) throw Error("cannot list interfaces: ", std::strerror(errno));
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(all, &freeifaddrs);
  for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || name != each->ifa_name) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char text[NI_MAXHOST];
    if (getnameinfo(each->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) {
      return text;
    }
  }
  throw Error("$GLOO_SOCKET_IFNAME is ", name, ", and this machine has no such interface with an ",
              "address");
}

// Of this machine's interfaces that through which the other one is reached; no packet is sent.
std::string address_towards(const std::string& host, const std::string& port) {
  using udp = boost::asio::ip::udp;
  boost::asio::io_context io;
  udp::socket socket(io);
  boost::system::error_code failure;
  udp::resolver resolver(io);
  const auto found = resolver.resolve(host, port, failure);
  if (failure) throw Error("cannot find ", host, ": ", failure.message());
  socket.connect(*found.begin(), failure);
  if (failure) throw Error("cannot reach ", host, ": ", failure.message());
  return socket.local_endpoint().address().to_string();
}

std::string own_address() {
  std::string address = interface_address();
  if (!address.empty()) return address;
  char name[HOST_NAME_MAX + 1] = {};
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (gethostname(name, HOST_NAME_MAX) != 0 || getaddrinfo(name, nullptr, &hints, &found) != 0) {
    return "127.0.0.1";
  }
  char text[NI_MAXHOST];
  const int failure = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0,
                                  NI_NUMERICHOST);
  freeaddrinfo(found);
  return failure == 0 ? text : "127.0.0.1";
}

std::string token_or_random() {
  std::string token = variable("COFI_TOKEN");
  return token.empty() ? random_token() : token;
}

std::string packed(const Address& address) {
  return address.host + "\n" + address.port + "\n" + address.token + "\n";
}

Address unpacked(const std::string& text, double timeout_seconds) {
  std::istringstream lines(text);
  Address address;
  std::getline(lines, address.host);
  std::getline(lines, address.port);
  std::getline(lines, address.token);
  address.timeout_seconds = timeout_seconds;
  return address;
}

class AtAddress final : public Rendezvous {
 public:
  AtAddress(const std::string& text, double timeout_seconds) {
    std::tie(address_.host, address_.port) = host_and_port(text, "--master " + text);
    address_.timeout_seconds = timeout_seconds;
    address_.token = variable("COFI_TOKEN");
    if (address_.token.empty()) {
      throw Error("a world that meets at ", text, " needs a token that its processes know: set ",
                  "COFI_TOKEN to the same secret for all of them, as made by `openssl rand -hex 32`");
    }
  }
  Address to_host() const override { return address_; }
  void publish(const Address&) override {}
  Address find(double) override { return address_; }

 private:
  Address address_;
};

class InFile final : public Rendezvous {
 public:
  InFile(std::string path, double timeout_seconds)
      : path_(std::move(path)), timeout_(timeout_seconds) {
    if (path_.empty() || path_.front() != '/') {
      throw Error("--master file://", path_, ": a whole path is expected, as file:///shared/world");
    }
  }
  ~InFile() override {
    if (published_) unlink(path_.c_str());
  }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;

  Address to_host() const override { return {own_address(), "0", token_or_random(), timeout_}; }

  void publish(const Address& address) override {
    const std::string text = packed(address), temporary = path_ + "." + std::to_string(getpid());
    const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written =
        file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int failure = errno;
    if (file >= 0) close(file);
    if (!written || rename(temporary.c_str(), path_.c_str()) != 0) {
      throw Error("cannot write ", path_, ", where the world is to meet: ",
                  std::strerror(written ? errno : failure));
    }
    published_ = true;
  }

  Address find(double seconds) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::string seen;
    while (std::chrono::steady_clock::now() < end) {
      std::ifstream file(path_);
      std::stringstream text;
      text << file.rdbuf();
      const Address address = unpacked(text.str(), timeout_);
      if (!address.token.empty() && text.str() != seen) {
        try {
          const Connection there(address.host, address.port, kOneTry);
          return address;
        } catch (const Disconnected&) {
          seen = text.str();  // of a world that is no more
        }
      }
      std::this_thread::sleep_for(kBetweenLooks);
    }
    throw Error("no host of a world has left its address in ", path_, " within ", seconds,
                " s (launch.timeout)",
                seen.empty() ? "" : "; what stands there is of a world that is no more");
  }

 private:
  std::string path_;
  double timeout_;
  bool published_ = false;
};

class InTorchStore final : public Rendezvous {
 public:
  InTorchStore(const std::string& text, double timeout_seconds, int generation)
      : timeout_(timeout_seconds), key_("cofi/host/" + std::to_string(generation)) {
    std::tie(host_, port_) = host_and_port(text, "torch://" + text);
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(std::atoi(port_.c_str()));
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_seconds * 1000));
    told([&] { store_ = c10::make_intrusive<c10d::TCPStore>(host_, options); });
  }

  Address to_host() const override {
    std::string address = interface_address();
    if (address.empty()) address = address_towards(host_, port_);
    return {address, "0", token_or_random(), timeout_};
  }

  void publish(const Address& address) override {
    const std::string text = packed(address);
    told([&] { store_->set(key_, std::vector<std::uint8_t>(text.begin(), text.end())); });
  }

  Address find(double) override {
    std::vector<std::uint8_t> bytes;
    told([&] { bytes = store_->get(key_); });
    return unpacked({bytes.begin(), bytes.end()}, timeout_);
  }

 private:
  // What c10d throws, without its backtrace.
  template <class Body>
  void told(const Body& body) const {
    try {
      body();
    } catch (const std::exception& error) {
      const std::string what = error.what();
      throw Error("the store of torchrun's agent at ", host_, ":", port_, " ($MASTER_ADDR, ",
                  "$MASTER_PORT): ", what.substr(0, what.find('\n')));
    }
  }

  double timeout_;
  std::string key_, host_, port_;
  c10::intrusive_ptr<c10d::Store> store_;
};

bool starts(const std::string& text, const std::string& with, std::string& rest) {
  if (text.compare(0, with.size(), with) != 0) return false;
  rest = text.substr(with.size());
  return true;
}

}  // namespace

std::unique_ptr<Rendezvous> rendezvous_at(const std::string& url, double timeout_seconds,
                                          int generation) {
  std::string rest;
  if (starts(url, "file://", rest)) return std::make_unique<InFile>(rest, timeout_seconds);
  if (starts(url, "torch://", rest)) {
    return std::make_unique<InTorchStore>(rest, timeout_seconds, generation);
  }
  if (starts(url, "tcp://", rest)) return std::make_unique<AtAddress>(rest, timeout_seconds);
  if (url.find("://") != std::string::npos) {
    throw Error("--master ", url, ": HOST:PORT, tcp://HOST:PORT or file:///PATH is expected");
  }
  return std::make_unique<AtAddress>(url, timeout_seconds);
}

}  // namespace cofi::world
