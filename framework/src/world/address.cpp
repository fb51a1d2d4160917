#include "world/address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netdb.h>
#include <sstream>
#include <unistd.h>

#include "core/own_process.hpp"
#include "world/token.hpp"

namespace cofi::world {
namespace {

using Interfaces = std::unique_ptr<ifaddrs, decltype(&freeifaddrs)>;

Interfaces interfaces() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) throw Error("cannot list interfaces: ", std::strerror(errno));
  return {all, &freeifaddrs};
}

// "10.0.0.1"; empty where it is none of the internet protocols'.
std::string text_of(const sockaddr* address) {
  const int family = address == nullptr ? AF_UNSPEC : address->sa_family;
  if (family != AF_INET && family != AF_INET6) return "";
  const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  char text[NI_MAXHOST];
  const bool known = getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
  return known ? text : "";
}

// The address of $GLOO_SOCKET_IFNAME; empty where that is not set.
std::string interface_address() {
  const std::string name = variable("GLOO_SOCKET_IFNAME");
  if (name.empty()) return "";
  const Interfaces list = interfaces();
  for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
    if (name != each->ifa_name) continue;
    std::string address = text_of(each->ifa_addr);
    if (!address.empty()) return address;
  }
  throw Error("$GLOO_SOCKET_IFNAME is ", name, ", and this machine has no such interface with an ",
              "address");
}

// As others reach it; empty for addresses that are the machine's own affair.
std::string outward(const sockaddr* address) {
  std::string text = text_of(address);
  boost::system::error_code failure;
  const auto parsed = boost::asio::ip::make_address(text, failure);
  return failure || parsed.is_loopback() ? "" : text;
}

// What the machine's name stands for: Debian's installer lets it be 127.0.1.1.
std::string address_of_name() {
  char name[HOST_NAME_MAX + 1] = {};
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (gethostname(name, HOST_NAME_MAX) != 0 || getaddrinfo(name, nullptr, &hints, &found) != 0) {
    return "";
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, &freeaddrinfo);
  std::string address;
  for (const addrinfo* each = found; each != nullptr && address.empty(); each = each->ai_next) {
    address = outward(each->ai_addr);
  }
  return address;
}

// Of the first interface that is up and leads to others.
std::string address_of_interfaces() {
  const Interfaces list = interfaces();
  std::string address;
  for (const ifaddrs* each = list.get(); each != nullptr && address.empty();
       each = each->ifa_next) {
    const bool usable = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) == 0;
    const bool four = each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET;
    if (usable && four) address = outward(each->ifa_addr);
  }
  return address;
}

}  // namespace

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

// By a datagram socket: no packet is sent.
std::string address_towards(const std::string& host, const std::string& port) {
  std::string own = interface_address();
  if (!own.empty()) return own;
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

std::string own_address(bool one_machine) {
  std::string address = interface_address();
  if (address.empty() && !one_machine) address = address_of_name();
  if (address.empty() && !one_machine) address = address_of_interfaces();
  return address.empty() ? "127.0.0.1" : address;
}

std::string given_token() { return variable("COFI_TOKEN"); }

std::string token_or_random() {
  std::string token = given_token();
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

}  // namespace cofi::world
