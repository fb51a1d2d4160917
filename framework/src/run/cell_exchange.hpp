// Cells that are spread over the ranks of a world (launch.parallel: cells): which rank runs what,
// and how what it came to gets into the run's folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/cell_runner.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/ranks.hpp"

namespace cofi::run {

// One round. Every rank takes families of cells until there are none left, and leaves in the
// world's store what each came to: rows of the journal and files. The leader has a thread that
// writes them as they come, so that what is finished anywhere is soon safe.
class CellExchange {
 public:
  // `round`: a number that no earlier exchange had.
  CellExchange(const Ranks& ranks, std::int64_t round);

  struct Result {
    std::size_t group = 0;
    CellRunner::End end = CellRunner::End::kDone;
  };

  // The next group to run here, of so many; nothing where none is left.
  std::optional<std::size_t> take(std::size_t groups) const;
  // What a group that ran here came to: its fits are in `journal`, what it wrote in `files` (the
  // leader's are where they belong already).
  void give(const Result& result, const std::vector<std::string>& fits, const Journal& journal,
            const Files& files) const;
  // The leader's part while the others run: writes what arrives until stop() has been called and
  // all has come. Called on a thread of its own, with a journal of its own.
  void collect(Journal& journal, const Folder& folder);
  // All ranks have given what they had.
  void stop();

  // In the order in which they came to an end; on the leader, once collect() has returned.
  const std::vector<Result>& results() const { return results_; }

 private:
  std::string key(const std::string& name) const { return prefix_ + name; }

  const Ranks& ranks_;
  std::string prefix_;
  std::vector<Result> results_;
};

}  // namespace cofi::run
