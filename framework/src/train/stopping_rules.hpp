// What a training loop remembers of the past: when to lower the learning rate, when to stop.
#pragma once

#include <cstdint>
#include <limits>

#include "cofi/archive.hpp"
#include "cofi/train_options.hpp"

namespace cofi::train {

// Lowers the learning rate after epochs in a row without improvement. Lower values are better.
class COFI_API Plateau {
 public:
  explicit Plateau(const Schedule& schedule) : schedule_(schedule) {}

  bool on() const { return schedule_.kind == Schedule::Kind::kReduceOnPlateau; }
  double factor() const { return on() ? factor_ : 1; }
  void watch(double value, std::int64_t epoch);
  void state(Archive& archive);

 private:
  const Schedule& schedule_;
  double best_ = std::numeric_limits<double>::infinity();
  double factor_ = 1;
  std::int64_t since_ = 0;  // the epoch of the last improvement or reduction
};

// Stops after validations in a row without improvement, and keeps the best state.
class COFI_API EarlyStop {
 public:
  explicit EarlyStop(const EarlyStopping& options) : options_(options) {}

  bool on() const { return options_.on; }
  bool stop() const { return on() && without_ >= options_.patience; }
  // True where the value is the best so far.
  bool watch(double value);
  void state(Archive& archive);

 private:
  const EarlyStopping& options_;
  double best_ = std::numeric_limits<double>::infinity();
  std::int64_t without_ = 0;
};

}  // namespace cofi::train
