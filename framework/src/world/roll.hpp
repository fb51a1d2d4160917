// Who belongs to a world, who is there, and why it ended: what its host knows.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "cofi/error.hpp"

namespace cofi::world {

// Nodes gather first: launchers, each with a range of ranks. Their ranks join then. A rank that
// dies ends the world, which its nodes may begin again as the next generation. Called from several
// threads; those that wait are told the verdict as soon as there is one.
class COFI_API Roll {
 public:
  struct Options {
    int world = 1;
    double timeout_seconds = 60;  // to wait for nodes and ranks that do not come
    int max_restarts = 0;
    bool elastic = false;  // begins again without nodes that are gone
    int generation = 1;    // the first
  };
  explicit Roll(const Options& options)
      : options_(options), generation_(options.generation), world_(options.world) {}

  struct Place {
    int generation = 1, first_rank = 0, world = 1;
  };
  // A node with its ranks: waits for the others, and forgets it where it is gone meanwhile. An
  // Error names what is wrong with the world.
  Place gather(
      int first_rank, int count, int world, const std::string& who,
      const std::function<bool()>& gone = [] { return false; });
  // A node has lost its ranks: whether the world begins again, so that it should gather anew.
  bool again(int generation);
  // A node of a gathered world is gone, and will not gather again.
  void left(int first_rank);

  // A rank that was started by no node of ours makes a generation of its own kind: the world of the
  // options. Waits for all ranks; an Error names what is wrong with the world.
  void join(int rank, int world, int generation, const std::string& who);
  void died(int rank, int generation, const std::string& how);
  void abandoned(int rank, int generation, const std::string& message);
  // True once all ranks have finished.
  bool finished(int rank, int generation);
  struct Verdict {
    std::string why;
    bool death = false;  // a rank is gone, after which the world may begin again, or has begun
  };
  // Why this generation has ended, if it has.
  std::optional<Verdict> verdict(int generation) const;
  bool is_current(int generation) const;
  // It has ended, well or not.
  bool is_over(int generation) const;

  // The host goes: everybody who waits is told.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Node {
    int count = 0;
    std::string who;
  };
  struct Member {
    std::string who;
    bool finished = false;
  };

  void end(const std::string& why, bool death);
  int finished_count() const;
  void begin_generation();
  Clock::time_point deadline() const;
  std::string missing_ranks() const;
  std::optional<Verdict> verdict_of(int generation) const;
  std::string described(int rank) const;

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int generation_, world_;
  int restarts_ = 0;
  std::map<int, Node> nodes_;  // by first rank; of this generation's gathering
  std::map<int, int> places_;  // of the nodes: the first rank that each has now
  bool gathered_ = false;
  std::map<int, Member> members_;  // by rank
  std::optional<Verdict> verdict_;
};

}  // namespace cofi::world
