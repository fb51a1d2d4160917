// Runs a plan's cells in rounds: what can run, then what searches ask for, at last what was
// selected; here, or in several processes at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "run/cell_runner.hpp"
#include "run/display.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/plan.hpp"
#include "run/searching.hpp"
#include "run/worker.hpp"

namespace cofi::run {

class Scheduler {
 public:
  Scheduler(Plan& plan, const Workshop& workshop, const Folder& folder, Journal& journal,
            Display& display);

  // All that is missing. False where it was interrupted.
  bool run();
  // The world's other ranks run cells, too, as rank 0 (where this is) gives them.
  void add_ranks(const World& place);
  // In a child of the run: what the parent gives.
  void serve();
  // On another rank: what rank 0 gives.
  void serve(const World& place);
  // Goes through all rounds without running anything: an Error where a cell would have to be
  // fitted.
  void check_models();

 private:
  using End = CellRunner::End;

  // A family of fits: their cells.
  struct Group {
    std::string family;
    std::vector<const Cell*> cells;
    bool crashed = false;  // the process went down with it before
  };

  // What is missing and has not failed in this run, in the order of folds, so that each is made
  // once; what took the process down comes last.
  std::vector<Group> groups();
  // The next round, if there is one.
  bool advance();
  bool run_round();
  bool run_here(const std::vector<Group>& groups);
  bool run_in_workers(const std::vector<Group>& groups);
  End run_family(const std::string& family);
  // In a process of its own.
  End run_alone(const Group& group);
  void fail_started(const Group& group, const std::string& death);
  // What became of it; false where it was interrupted.
  bool ended(const Group& group, End end);
  bool room_for_another() const;
  void note_memory(const Cell& cell);
  // Models that the spec does not keep.
  void remove_models();
  std::string title(const Group& group) const;
  void show_outcome(const Group& group);

  Plan& plan_;
  const Workshop& workshop_;
  const Folder& folder_;
  Journal& journal_;
  Display& display_;
  CellRunner runner_;
  Searching searching_;
  std::vector<std::unique_ptr<Worker>> team_;  // ranks, where they run cells of their own
  std::set<std::string> failed_;               // families
  std::set<std::string> died_;                 // families that took a worker down
  // (row, fold, repeat) of cells that lack nothing.
  std::set<std::tuple<std::size_t, std::int64_t, std::int64_t>> complete_;
  std::size_t done_ = 0, known_ = 0;  // groups
  double most_mb_ = 0;                // what a fit has taken so far
  bool selected_ = false;
};

}  // namespace cofi::run
