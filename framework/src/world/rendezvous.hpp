// Where the processes of a world find its host.
#pragma once

#include <memory>
#include <string>

#include "world/address.hpp"

namespace cofi::world {

class COFI_API Rendezvous {
 public:
  virtual ~Rendezvous();
  // What the host listens on, and the token that it asks for.
  virtual Address to_host() const = 0;
  // Tells the others that the host listens there.
  virtual void publish(const Address& address) = 0;
  // Of the others: waits until a host is there; an Error after so many seconds.
  virtual Address find(double seconds) = 0;
};

// url: HOST:PORT or tcp://HOST:PORT, an address of the host's machine, with $COFI_TOKEN as the
// token; file:///PATH, a file that all processes see, in which the host leaves its address and a
// token of its own (none but its owner may read it); torch://HOST:PORT, the store of torchrun's
// agent, which generation `generation` uses in the same way. An Error where it is none of these.
// one_machine: all of the world's ranks are here.
COFI_API std::unique_ptr<Rendezvous> rendezvous_at(const std::string& url, double timeout_seconds,
                                                   int generation = 1, bool one_machine = false);

}  // namespace cofi::world
