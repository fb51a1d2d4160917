// The one loop that trains every IterativeModel.
#pragma once

#include <cstdint>
#include <optional>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"

#include "train/stopping_rules.hpp"

namespace cofi::train {

// In a checkpoint: 1 where it was taken within the epoch after those that are done.
constexpr char kEpochUnderWay[] = "epoch_under_way";

// Runs the epochs with their schedule, validation, early stopping, history and checkpoints. What it
// saves is enough to go on bit for bit as if nothing had happened.
class TrainingLoop {
 public:
  TrainingLoop(IterativeModel& model, const FitContext& context);

  // Throws Interrupted, with a checkpoint saved, once the monitor was asked to stop.
  void run();

 private:
  bool finished() const { return stop_.stop() || done_ >= context_.options.epochs; }
  bool stop_asked() const;
  void one_epoch();
  // The validation metric where there is one.
  std::optional<double> validate();
  void resume();
  void save_checkpoint();
  // Writes or reads all that another epoch needs, the model's state included.
  void state(Archive& archive);

  IterativeModel& model_;
  const FitContext& context_;
  std::int64_t done_ = 0;   // epochs
  bool under_way_ = false;  // another one
  Plateau plateau_;
  EarlyStop stop_;
  std::optional<Archive> best_;  // the model's state() where restore_best asks for it
};

}  // namespace cofi::train
