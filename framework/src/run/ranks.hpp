// The ranks of a run, which all run the same session step by step: what they tell each other, and
// what they have to agree on. In a world of one each answer is its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"

#include "spec/experiment.hpp"

namespace cofi::run {

// Every rank calls the same functions in the same order.
class COFI_API Ranks {
 public:
  // The communicator takes tensors of the CPU.
  Ranks(const World& place, Communicator& communicator)
      : place_(place), communicator_(communicator) {}
  // Of a world of one.
  static const Ranks& alone();

  const World& place() const { return place_; }
  bool several() const { return place_.size > 1; }
  // Rank 0 alone reads and writes the run's folder (shards of checkpoints apart), and talks to
  // people.
  bool leads() const { return place_.rank == 0; }

  void wait() const;
  // Whether any rank says so.
  bool any(bool mine) const;
  // The bytes of one rank, on all ranks; the others' are not looked at.
  std::vector<char> from(int rank, std::vector<char> mine) const;
  std::vector<char> from_leader(std::vector<char> mine) const;
  std::string from_leader(const std::string& mine) const;
  // What each rank says.
  std::vector<std::string> all(const std::string& mine) const;
  // An Error on every rank where two have not the same; it names the rank, and what it has.
  void require_same(const std::string& what, const spec::Json& mine) const;

  // How a piece of work ended that a rank can fail at alone, while the others wait for it in the
  // middle of a collective: "" where all of them ended well, else what is the matter with the first
  // of those that did not. An Error where some do not come to the end within the world's timeout.
  std::string outcome(const std::string& mine);

  // One rank of each machine does the work first (and leaves a cache), then the others do.
  void one_a_machine_first(const std::function<void()>& work) const;

 private:
  World place_;
  Communicator& communicator_;
  std::int64_t outcomes_ = 0;
};

}  // namespace cofi::run
