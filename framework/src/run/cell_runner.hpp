// Runs the cells of one family of fits: fit or load the model, evaluate, journal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/checkpoint.hpp"
#include "run/display.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/plan.hpp"
#include "run/shared_work.hpp"

namespace cofi::run {

class CellRunner {
 public:
  enum class End { kDone, kFailed, kInterrupted };

  // The plan may grow between two runs.
  CellRunner(const Plan& plan, const Workshop& workshop, const Folder& folder, Journal& journal,
             Display& display)
      : plan_(plan), workshop_(workshop), folder_(folder), journal_(journal), display_(display) {}

  // Whether lists are to be written that the folder does not have.
  bool lacks_lists(const Cell& cell) const;
  // True where there is nothing left to do, failed cells apart.
  bool complete(const Cell& cell) const;

  // Cells of the same family: the fit with the fewest epochs first, each longer one goes on where
  // it ended. What throws is journalled as the fit's failure; only a folder that cannot be written
  // ends the run (FolderError).
  End run(const std::vector<const Cell*>& cells);

 private:
  // Cells of the same fit; `goes_on`: a longer one is to follow.
  End run_fit(const std::vector<const Cell*>& cells, bool goes_on);
  // The fit's record, done where its model was there already, and what was evaluated.
  void run_missing(const std::vector<const Cell*>& cells, bool goes_on, FitRecord& record,
                   std::vector<Evaluation>& evaluations);
  void check_same(const std::vector<Evaluation>& evaluations) const;
  FitRecord fit(const Cell& cell, const Fold& fold, bool goes_on, std::unique_ptr<Model>& model);
  // What the cell's evaluation lacks, in the journal's form.
  std::vector<Evaluation> evaluate(const Cell& cell, const Fold& fold, Model& model);
  void write_per_user(const Cell& cell, const Fold& fold, const Measure& measure,
                      const MetricValue& value) const;

  const Plan& plan_;
  const Workshop& workshop_;
  const Folder& folder_;
  Journal& journal_;
  Display& display_;
  SharedWork shared_;
};

// "svd, factors 10" and "svd, factors 10, fold 1": what people call a setting and a cell of it.
std::string name_of(const PlannedRow& row);
std::string name_of(const Plan& plan, const Cell& cell);
Checkpoint checkpoint_of(const Cell& cell, const Folder& folder);
// Where each user's value of a cell's metric is, in the run's folder, if it is a mean over users.
std::string per_user_file(const Plan& plan, const Cell& cell, const Measure& measure);

}  // namespace cofi::run
