// Where a world's host is.
#pragma once

#include <string>
#include <utility>

#include "cofi/error.hpp"

namespace cofi::world {

// And how to prove that one belongs to its world.
struct Address {
  std::string host, port, token;
  double timeout_seconds = 60;  // to reach it, and to wait for an answer
};

// "10.0.0.1:29500", "[::1]:29500"; `of` begins the Error where it is none.
std::pair<std::string, std::string> host_and_port(const std::string& text, const std::string& of);

// This machine's: of the interface $GLOO_SOCKET_IFNAME; else, where all of the world is on one
// machine, the loopback address; else the first by which others reach it, of its name's or of its
// interfaces'.
std::string own_address(bool one_machine);
// Of $GLOO_SOCKET_IFNAME, else of the interface through which the other machine is reached.
std::string address_towards(const std::string& host, const std::string& port);

// $COFI_TOKEN; empty where it is not set.
std::string given_token();
std::string token_or_random();

// Host, port and token as a text for those who may know it.
std::string packed(const Address& address);
Address unpacked(const std::string& text, double timeout_seconds);

}  // namespace cofi::world
