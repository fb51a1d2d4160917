// What a fit leaves of each epoch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::run {

// A row of history.csv.
struct Epoch {
  std::int64_t epoch = 0;  // 1-based
  double loss = 0;         // NaN where the model has none
  double learning_rate = 0;
  double seconds = 0;                     // of training alone
  std::map<std::string, double> metrics;  // by column: "validation_rmse", "rmse" (of test)
};

class COFI_API History {
 public:
  const std::vector<Epoch>& epochs() const { return epochs_; }
  // The row of an epoch, made where it is missing.
  Epoch& at(std::int64_t epoch);

  // As JSON text, exact to the last bit.
  std::string to_text() const;
  static History from_text(const std::string& text);

 private:
  std::vector<Epoch> epochs_;
};

}  // namespace cofi::run
