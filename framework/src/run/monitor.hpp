// The runner's side of a fit: history, validation, curves, checkpoints, the wish to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cofi/progress.hpp"

#include "run/checkpoint.hpp"
#include "run/display.hpp"
#include "run/history.hpp"
#include "run/plan.hpp"

namespace cofi::run {

class CellMonitor final : public Monitor {
 public:
  // Going on from the checkpoint is said aloud where the fit was `interrupted`.
  CellMonitor(const PlannedRow& row, const Fold& fold, const Workshop& workshop, Display& display,
              const Checkpoint& checkpoint, bool interrupted);

  void progress(const std::string& what, std::int64_t done, std::int64_t total) override;
  void epoch_done(Model& model, const EpochReport& report) override;
  bool evaluates(std::int64_t epoch) const override;
  std::optional<double> validate(Model& model, std::int64_t epoch) override;
  bool stop_requested() override;
  void save_checkpoint(const Archive& archive) override;
  std::optional<Archive> load_checkpoint() override;

  const History& history() const { return history_; }
  // Of the fit so far, evaluation apart, with those of the processes before, whose checkpoint it
  // goes on from.
  double seconds() const;

 private:
  std::vector<eval::Score> evaluate(Model& model, const std::string& part);

  const PlannedRow& row_;
  const Fold& fold_;
  const Workshop& workshop_;
  Display& display_;
  const Checkpoint& checkpoint_;
  bool interrupted_;
  History history_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double evaluation_seconds_ = 0, seconds_before_ = 0;
  std::int64_t epochs_before_ = 0;
  std::string words_;  // on the last epoch, for the display
};

}  // namespace cofi::run
