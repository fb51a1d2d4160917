#include "world/roll.hpp"

#include <algorithm>
#include <vector>

namespace cofi::world {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(200);  // at whether a node is still there

// "ranks 1, 4 to 6"
std::string listed(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t n = 0; n < ranks.size();) {
    std::size_t last = n;
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    if (n > 0) text += ", ";
    text += std::to_string(ranks[n]);
    if (last > n) text += " to " + std::to_string(ranks[last]);
    n = last + 1;
  }
  return text;
}

std::string text_of(double seconds) {
  std::string text = std::to_string(seconds);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Roll::Clock::time_point Roll::deadline() const {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(options_.timeout_seconds));
}

std::optional<Roll::Verdict> Roll::verdict_of(int generation) const {
  if (generation == generation_) return verdict_;
  return Verdict{"generation " + std::to_string(generation) + " of the world has ended, it is at " +
                     std::to_string(generation_) + " now",
                 true};
}

std::optional<Roll::Verdict> Roll::verdict(int generation) const {
  const std::lock_guard lock(mutex_);
  return verdict_of(generation);
}

bool Roll::is_current(int generation) const {
  const std::lock_guard lock(mutex_);
  return generation == generation_;
}

bool Roll::is_over(int generation) const {
  const std::lock_guard lock(mutex_);
  return verdict_of(generation).has_value() || finished_count() == world_;
}

int Roll::finished_count() const {
  int count = 0;
  for (const auto& member : members_) count += member.second.finished ? 1 : 0;
  return count;
}

void Roll::end(const std::string& why, bool death) {
  if (verdict_) return;
  verdict_ = Verdict{why, death};
  changed_.notify_all();
}

std::string Roll::described(int rank) const {
  const auto found = members_.find(rank);
  return "rank " + std::to_string(rank) +
         (found == members_.end() ? "" : " (" + found->second.who + ")");
}

Roll::Place Roll::gather(int first_rank, int count, int world, const std::string& who,
                         const std::function<bool()>& gone) {
  std::unique_lock lock(mutex_);
  const auto range = [](int first, int n) {
    return n == 1 ? "rank " + std::to_string(first)
                  : "ranks " + std::to_string(first) + " to " + std::to_string(first + n - 1);
  };
  if (gathered_) {
    throw Error("the world of ", world_, " ranks is complete; ", range(first_rank, count), " (",
                who, ") comes too late, or is there already");
  }
  if (world != options_.world) {
    end("--world is " + std::to_string(world) + " for " + range(first_rank, count) + " (" + who +
            "), and " + std::to_string(options_.world) + " where the world is hosted",
        false);
  }
  for (const auto& [first, node] : nodes_) {
    if (first_rank < first + node.count && first < first_rank + count) {
      end(range(first_rank, count) + " (" + who + ") and " + range(first, node.count) + " (" +
              node.who + ") overlap: give each node ranks of its own",
          false);
    }
  }
  nodes_[first_rank] = {count, who};
  const int mine = generation_;
  const auto sum = [&] {
    int ranks = 0;
    for (const auto& each : nodes_) ranks += each.second.count;
    return ranks;
  };
  const auto complete = [&] {
    gathered_ = true;
    world_ = 0;
    places_.clear();
    for (const auto& [first, node] : nodes_) {
      places_[first] = world_;
      world_ += node.count;
    }
    changed_.notify_all();
  };
  if (!verdict_ && sum() == options_.world) complete();
  const auto done = [&] { return gathered_ || verdict_ || generation_ != mine; };
  const auto end_of_waiting = deadline();
  bool came = done();
  while (!came && Clock::now() < end_of_waiting) {
    came = changed_.wait_until(lock, std::min(end_of_waiting, Clock::now() + kBetweenLooks), done);
    if (came || !gone()) continue;
    nodes_.erase(first_rank);
    throw Error("the node of ", range(first_rank, count), " (", who, ") is gone");
  }
  if (!came) {
    if (options_.elastic && mine > 1) {
      complete();
    } else {
      std::vector<int> missing;
      for (int rank = 0; rank < options_.world; ++rank) {
        bool there = false;
        for (const auto& [first, node] : nodes_) {
          there = there || (rank >= first && rank < first + node.count);
        }
        if (!there) missing.push_back(rank);
      }
      end(listed(missing) + " of " + std::to_string(options_.world) + " have not come within " +
              text_of(options_.timeout_seconds) + " s (launch.timeout): start them, too",
          false);
    }
  }
  if (const auto verdict = verdict_of(mine)) throw Error(verdict->why);
  return {generation_, places_.at(first_rank), world_};
}

void Roll::begin_generation() {
  ++generation_;
  nodes_.clear();
  members_.clear();
  gathered_ = false;
  verdict_.reset();
  changed_.notify_all();
}

bool Roll::again(int generation) {
  const std::lock_guard lock(mutex_);
  if (generation < generation_) return true;  // another node has asked before
  if (!verdict_ || !verdict_->death || restarts_ >= options_.max_restarts) return false;
  ++restarts_;
  begin_generation();
  return true;
}

void Roll::left(int first_rank) {
  const std::lock_guard lock(mutex_);
  const auto node = nodes_.find(first_rank);
  if (node == nodes_.end()) return;
  if (!gathered_ || finished_count() == world_) return;
  end("the node of rank " + std::to_string(first_rank) + " (" + node->second.who + ") has died",
      true);
}

std::string Roll::missing_ranks() const {
  std::vector<int> missing;
  for (int rank = 0; rank < world_; ++rank) {
    if (members_.count(rank) == 0) missing.push_back(rank);
  }
  return listed(missing);
}

void Roll::join(int rank, int world, int generation, const std::string& who) {
  std::unique_lock lock(mutex_);
  if (const auto verdict = verdict_of(generation)) throw Error(verdict->why);
  if (world != world_) {
    end("rank " + std::to_string(rank) + " (" + who + ") takes the world for one of " +
            std::to_string(world) + " ranks, and it has " + std::to_string(world_),
        false);
  } else if (rank < 0 || rank >= world_) {
    end("there is no rank " + std::to_string(rank) + " (" + who + ") in a world of " +
            std::to_string(world_),
        false);
  } else if (members_.count(rank) > 0) {
    if (static_cast<int>(members_.size()) == world_) {
      throw Error("the world of ", world_, " ranks is complete; ", described(rank), " is there");
    }
    end("two processes are rank " + std::to_string(rank) + ": " + members_.at(rank).who + ", and " +
            who,
        false);
  } else {
    members_[rank] = {who, false};
    changed_.notify_all();
  }
  const auto complete = [&] { return static_cast<int>(members_.size()) >= world_; };
  const bool came = changed_.wait_until(
      lock, deadline(), [&] { return complete() || verdict_of(generation).has_value(); });
  if (!came) {
    // Where launchers of ours have started them, they have died since.
    end(missing_ranks() + " of " + std::to_string(world_) + " have not joined within " +
            text_of(options_.timeout_seconds) + " s (launch.timeout)",
        gathered_);
  }
  if (const auto verdict = verdict_of(generation)) throw Error(verdict->why);
}

void Roll::died(int rank, int generation, const std::string& how) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  const auto member = members_.find(rank);
  if (member == members_.end() || member->second.finished) return;
  end(described(rank) + " " + how, true);
}

void Roll::abandoned(int rank, int generation, const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (generation == generation_) end("rank " + std::to_string(rank) + ": " + message, false);
}

bool Roll::finished(int rank, int generation) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) return false;
  members_[rank].finished = true;
  return finished_count() == world_;
}

void Roll::close() {
  const std::lock_guard lock(mutex_);
  end("the world's host has ended", false);
}

}  // namespace cofi::world
