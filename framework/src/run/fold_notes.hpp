// What a reader of the results must know of the folds, each thing said once for all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "run/folds.hpp"

namespace cofi::run {

class COFI_API FoldNotes {
 public:
  // The next fold.
  void add(const Fold& fold, const eval::Unseen& unseen);
  // What splitters said, leaks, and what training has not seen ("32 to 40 items unseen in
  // training").
  std::vector<std::string> all(const std::string& cold_start) const;

 private:
  struct Counts {
    std::int64_t test, train;  // rows
    eval::Unseen unseen;
    eval::Leaks leaks;
  };
  std::vector<std::vector<std::string>> said_;  // by fold
  std::vector<Counts> folds_;
};

}  // namespace cofi::run
