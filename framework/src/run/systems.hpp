// The rows of a run's table as comparisons see them: read from the files that a run leaves.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::run {

// A metric of one system.
struct Outcomes {
  std::vector<double> folds;            // by fold: the mean over repeats
  std::vector<std::string> user_files;  // each user's value, of a fold and repeat each
};

// A model with its setting on a dataset.
struct System {
  std::string name;  // "svd, models.svd.factors 10"
  std::string dataset;
  std::string data;                 // digest of the interactions
  std::vector<std::string> splits;  // by fold: digests of which rows train and which test
  double test_to_train = 0;         // the mean over folds
  std::map<std::string, Outcomes> metrics;
};

// The systems of a run's folder whose cells are all done. An Error where it is no finished run's.
COFI_API std::vector<System> read_systems(const std::string& folder);

// A user's external id, and the mean over folds and repeats.
using UserValue = std::pair<std::string, double>;
// In the order of ids. An Error names the file that is missing or damaged.
COFI_API std::vector<UserValue> users_of(const Outcomes& outcomes);

}  // namespace cofi::run
