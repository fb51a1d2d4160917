// What every communicator must do, asked by all ranks of a world at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"

namespace cofi::testing {

struct CommunicatorCheck {
  std::string operation;  // as the capability table names it
  // Every rank calls it; empty where what this rank got is right, else what is wrong with it. Wrong
  // values are found once the operation is over on all ranks: the world is good for the next check.
  std::function<std::string(Communicator&)> ask;
};

// One an operation: all roots, reductions and types, some sizes, each against plain arithmetic.
COFI_API const std::vector<CommunicatorCheck>& communicator_checks();

// Empty where the table names each operation once, and nothing else.
COFI_API std::string complete(const std::vector<Capability>& table);

// What to ask of a communicator by that table: what it calls absent must be an Error.
COFI_API std::vector<CommunicatorCheck> checks_of(const std::vector<Capability>& table);

}  // namespace cofi::testing
