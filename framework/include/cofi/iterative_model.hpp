// Models that learn in epochs: the framework's one loop trains them all.
#pragma once

#include <cstdint>

#include "cofi/model.hpp"
#include "cofi/plugin/abi.h"

namespace cofi {

class COFI_API IterativeModel : public Model {
 public:
  static constexpr unsigned kUses = COFI_USES_TRAIN;

  // The loop: epochs, validation, early stopping, checkpoints, history, progress, resumption.
  void fit(const FitContext& context) final;

  // Prepares the tables and whatever epochs need; the context outlives the fit.
  virtual void begin(const FitContext& context) = 0;
  // One pass, 1-based; returns the mean training loss, NaN where there is none. A pass that takes
  // long may look at Monitor::stop_requested() and throw Interrupted where training_state() can
  // tell how to go on from there: the loop saves a checkpoint, and a resumed fit asks for the same
  // epoch.
  virtual double epoch(std::int64_t n) = 0;
  // What another epoch needs besides state(), named; written for a checkpoint, read on resuming.
  virtual void training_state(Archive& archive);
  // The learning rate in use, for the history; 0 where there is none.
  virtual double learning_rate() const { return 0; }
  // Sets the learning rate to its initial value times the factor (the loop does at the start of
  // each epoch, as the schedule says); ignored where there is none.
  virtual void scale_learning_rate(double factor);
  // Makes whole, on every rank of a world, what the ranks hold parts of: before anybody looks at
  // the model, and before it is saved.
  virtual void gather() {}
  // After begin(): how many bytes a rank sends in an epoch of a world of so many ranks, on average;
  // 0 where every rank does all of the work.
  virtual double epoch_traffic(int /*ranks*/) { return 0; }
  // Whether an epoch is the same however many are to follow, as far as the model decides it: a fit
  // of more epochs may then go on from one of fewer.
  virtual bool epochs_stand_alone() const { return true; }
  // Frees what only training needed.
  virtual void end() {}
};

}  // namespace cofi
