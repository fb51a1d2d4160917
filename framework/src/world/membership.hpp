// A rank's place in a world of several processes: who the others are, and what becomes of them.
#pragma once

#include <memory>
#include <string>

#include "cofi/communicator.hpp"

namespace cofi::world {

// Joined through the environment that a launcher sets (its own, torchrun's, mpirun's, Slurm's). A
// thread of its own tells the others that this rank lives; where another one is gone, it says which
// and ends the process with exit code 3.
class COFI_API Membership {
 public:
  virtual ~Membership();

  // Its store lives as long as this does; rank 0 of 1 without one where there is no world.
  virtual const World& place() const = 0;
  // How often the world has been started again; a rank of an older one may not write.
  virtual int generation() const = 0;

  // This rank has done all that it had to; returns once all others have. The end of the process is
  // no death after it.
  virtual void finish() = 0;
  // This rank cannot go on: the others say so with this message, and end with exit code 2. False
  // where another rank has said the same before. Does not return where the world has ended by a
  // rank's death already: says both and exits with 3.
  virtual bool abandon(const std::string& message) = 0;
};

}  // namespace cofi::world
