// How a long fit reports, is watched, stopped and resumed. The runner implements it; the defaults
// do nothing, so that a fit runs as well without one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cofi/archive.hpp"
#include "cofi/error.hpp"

namespace cofi {

class Model;

// One epoch, as history.csv records it.
struct EpochReport {
  std::int64_t epoch = 0;    // 1-based
  std::int64_t epochs = 0;   // how many are planned
  double loss = 0;           // mean training loss during the epoch; NaN where the model has none
  double learning_rate = 0;  // 0 where there is none
  double seconds = 0;        // of training, evaluation apart
};

class COFI_API Monitor {
 public:
  virtual ~Monitor();

  // Work done of total, for a progress bar ("similarities", 120, 671).
  virtual void progress(const std::string& what, std::int64_t done, std::int64_t total);
  // After each epoch: evaluates what the spec asks for at it (curves, train metrics).
  virtual void epoch_done(Model& model, const EpochReport& report);
  // Whether epoch_done() will ask the model anything at this epoch.
  virtual bool evaluates(std::int64_t epoch) const;
  // The validation metric that early stopping watches, as the model stands now, oriented so that
  // lower is better; nothing where there is no validation split.
  virtual std::optional<double> validate(Model& model, std::int64_t epoch);
  // True once the user asked to stop: the loop saves a checkpoint and throws Interrupted.
  virtual bool stop_requested();
  // Stores a checkpoint, replacing the one before.
  virtual void save_checkpoint(const Archive& archive);
  // The checkpoint to go on from, if there is one.
  virtual std::optional<Archive> load_checkpoint();
};

}  // namespace cofi
