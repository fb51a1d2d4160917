// The store of torchrun's agent, in which every rank is a client.
#pragma once

#include <memory>
#include <string>

#include "world/rendezvous.hpp"

namespace cofi::world {

// address: HOST:PORT. Each generation of the world leaves its host's address under a key of its
// own.
std::unique_ptr<Rendezvous> in_torch_store(const std::string& address, double timeout_seconds,
                                           int generation);

}  // namespace cofi::world
