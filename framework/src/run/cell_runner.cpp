#include "run/cell_runner.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "run/csv.hpp"
#include "run/digest.hpp"
#include "run/fit.hpp"
#include "run/fit_key.hpp"
#include "run/lists_export.hpp"
#include "run/machine.hpp"
#include "run/monitor.hpp"
#include "run/ranking.hpp"
#include "run/results.hpp"
#include "run/saved_model.hpp"
#include "run/text.hpp"

namespace cofi::run {
namespace {

std::int64_t epochs_of(const PlannedRow& row) {
  return row.row->train.is_null() ? 0 : row.row->train.at("epochs").get<std::int64_t>();
}

}  // namespace

std::string name_of(const PlannedRow& row) {
  std::string name = (row.row->dataset.empty() ? "" : row.row->dataset + ", ") + row.row->model;
  for (const auto& [path, value] : row.row->swept) name += fmt::format(", {} {}", path, value);
  return name;
}

std::string name_of(const Plan& plan, const Cell& cell) {
  const PlannedRow& row = plan.rows[cell.row];
  std::string name = name_of(row);
  if (row.folds > 1) name += fmt::format(", fold {}", cell.fold);
  if (plan.experiment.repeat > 1) name += fmt::format(", repeat {}", cell.repeat);
  return name;
}

Checkpoint checkpoint_of(const Cell& cell, const Folder& folder) {
  return {folder, cell.family.substr(0, 16)};
}

std::string per_user_file(const Plan& plan, const Cell& cell, const Measure& measure) {
  return "per_user/" + plan.rows[cell.row].slug + "-" + cell.fit.substr(0, 12) + "/" +
         file_name_of(measure.column) + "-" + measure.key.substr(0, 12) + ".csv";
}

bool CellRunner::lacks_lists(const Cell& cell) const {
  const std::string file = lists_file(plan_, cell);
  return !file.empty() && !folder_.has(file);
}

bool CellRunner::complete(const Cell& cell) const {
  return journal_.status(cell.fit) == FitRecord::Status::kDone &&
         missing(plan_, cell, journal_).empty() && !lacks_lists(cell);
}

CellRunner::End CellRunner::run(const std::vector<const Cell*>& cells) {
  std::map<std::int64_t, std::vector<const Cell*>> by_epochs;
  for (const Cell* cell : cells) by_epochs[epochs_of(plan_.rows[cell->row])].push_back(cell);
  const bool searches =
      std::any_of(plan_.experiment.searches.begin(), plan_.experiment.searches.end(),
                  [](const spec::Search& search) { return search.most > 0; });
  End end = End::kDone;
  for (auto fit = by_epochs.begin(); fit != by_epochs.end(); ++fit) {
    const bool last = std::next(fit) == by_epochs.end();
    const End own = run_fit(fit->second, !last || searches);
    if (own == End::kInterrupted) return own;
    if (own == End::kFailed) end = own;
  }
  if (!searches) checkpoint_of(*cells.front(), folder_).remove();
  return end;
}

CellRunner::End CellRunner::run_fit(const std::vector<const Cell*>& cells, bool goes_on) {
  const std::string& key = cells.front()->fit;
  FitRecord record;
  std::vector<Evaluation> evaluations;
  std::string failure;
  bool interrupted = false;
  try {
    run_missing(cells, goes_on, record, evaluations);
  } catch (const FolderError&) {
    throw;
  } catch (const Interrupted&) {
    interrupted = true;
  } catch (const c10::Error& error) {
    failure = error.what_without_backtrace();
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "threw something that is not a std::exception";
  }
  failure = workshop_.ranks.outcome(failure);
  if (!failure.empty()) {
    if (journal_.status(key) == FitRecord::Status::kDone) {
      journal_.fail_evaluation(key, failure);
      return End::kFailed;
    }
    journal_.fail(key, failure);
    // What a failed fit has saved would fail again.
    checkpoint_of(*cells.front(), folder_).remove();
    return End::kFailed;
  }
  if (workshop_.ranks.any(interrupted)) {
    journal_.interrupt(key);
    return End::kInterrupted;
  }
  if (record.status == FitRecord::Status::kDone) {
    journal_.add(key, evaluations);
  } else {
    journal_.finish(key, record, evaluations);
  }
  return End::kDone;
}

void CellRunner::run_missing(const std::vector<const Cell*>& cells, bool goes_on, FitRecord& record,
                             std::vector<Evaluation>& evaluations) {
  const Cell& first = *cells.front();
  const PlannedRow& row = plan_.rows[first.row];
  const auto whole = workshop_.folds.at(row.source, *row.row, first.fold);
  // While settings are being selected, the test part is not there.
  const auto fold = plan_.experiment.select ? without_test(*whole) : whole;
  record = journal_.fit(first.fit);
  const bool have_model = record.status == FitRecord::Status::kDone && !record.model.empty() &&
                          folder_.has(record.model);
  std::unique_ptr<Model> model;
  if (have_model) {
    journal_.start_evaluation(first.fit);
    model = loaded(folder_.read(record.model, workshop_.device), row, workshop_.registry);
  } else {
    record = fit(first, *fold, goes_on, model);
  }
  Archive state;
  for (const Cell* cell : cells) {
    const PlannedRow& own = plan_.rows[cell->row];
    std::unique_ptr<Model> other;
    if (own.row->model_spec != row.row->model_spec) {
      // Late parameters: the same fit in a model that has them.
      if (state.names().empty()) model->state(state);
      other = loaded(state.reopened(), own, workshop_.registry);
    }
    const Fold& seen = cell->selected ? *whole : *fold;
    for (Evaluation& evaluation : evaluate(*cell, seen, other ? *other : *model)) {
      evaluations.push_back(std::move(evaluation));
    }
    if (lacks_lists(*cell)) {
      write_lists(plan_, *cell, seen, other ? *other : *model, folder_, workshop_);
    }
  }
  check_same(evaluations);
  if (have_model) return;
  // What is selected is evaluated later.
  if (plan_.experiment.save != "none" || plan_.experiment.select) {
    record.model = model_file(row, first.fit);
    folder_.write(record.model, saved(*model, row, *fold));
  }
}

// Every rank has come to the same numbers, or there is something wrong with one of them.
void CellRunner::check_same(const std::vector<Evaluation>& evaluations) const {
  if (!workshop_.ranks.several()) return;
  spec::Json values = spec::Json::object();
  for (const Evaluation& evaluation : evaluations) {
    for (const MetricRecord& metric : evaluation.metrics) {
      values[metric.key] = fmt::format("{}", metric.value);
    }
  }
  workshop_.ranks.require_same("evaluation", values);
}

FitRecord CellRunner::fit(const Cell& cell, const Fold& fold, bool goes_on,
                          std::unique_ptr<Model>& model) {
  const auto status = journal_.status(cell.fit);
  const bool interrupted =
      status == FitRecord::Status::kInterrupted || status == FitRecord::Status::kStarted;
  journal_.start(cell.fit);
  const PlannedRow& row = plan_.rows[cell.row];
  const Checkpoint checkpoint = checkpoint_of(cell, folder_);
  shared_.take_seconds();
  reset_peak_memory();
  const double sent_before = workshop_.communicator.bytes();
  CellMonitor monitor(row, fold, workshop_, display_, checkpoint, interrupted);
  model = with_context(row, fold, cell.seed, workshop_, shared_, monitor,
                       [&](Model& made, const FitContext& context) {
                         FitContext own = context;
                         // A checkpoint after the last epoch, for the fit that goes on.
                         std::int64_t& every = own.options.checkpoint_every;
                         if (goes_on) every = std::gcd(every, own.options.epochs);
                         made.fit(own);
                       });
  FitRecord record;
  record.peak_mb = peak_memory_mb();
  record.wire_mb = (workshop_.communicator.bytes() - sent_before) / 1e6;
  record.shared_seconds = shared_.take_seconds();
  record.seconds = monitor.seconds();
  record.history = monitor.history();
  return record;
}

std::vector<Evaluation> CellRunner::evaluate(const Cell& cell, const Fold& fold, Model& model) {
  const PlannedRow& row = plan_.rows[cell.row];
  const std::vector<Measure> wanted = missing(plan_, cell, journal_);
  std::vector<Evaluation> evaluations;
  for (const std::string& part : row.parts) {
    // What is missing of any stratum is measured in all of them, which share predictions and lists.
    std::vector<std::size_t> asked;
    bool stratified = false;
    for (const Measure& measure : wanted) {
      if (measure.part != part) continue;
      stratified = stratified || measure.stratum > 0;
      if (std::count(asked.begin(), asked.end(), measure.metric) == 0) {
        asked.push_back(measure.metric);
      }
    }
    if (asked.empty()) continue;
    const auto start = std::chrono::steady_clock::now();
    std::vector<eval::NamedMetric> metrics;
    for (const std::size_t metric : asked) metrics.push_back(row.metrics[metric]);
    std::vector<eval::Stratum> strata(1);  // the whole
    if (stratified) {
      for (eval::Stratum& each : strata_of(row, fold)) strata.push_back(std::move(each));
    }
    eval::Trained trained = trained_for(row, fold, part);
    trained.communicator = &workshop_.communicator;
    const std::vector<std::vector<eval::Score>> scores = eval::evaluate(
        model, metrics, fold.part(part), strata, trained, row.cold_start, workshop_.pool);
    Evaluation evaluation;
    evaluation.key = evaluation_key(row, part);
    evaluation.seconds = seconds_since(start);
    for (const Measure& measure : wanted) {
      if (measure.part != part) continue;
      const auto place = std::find(asked.begin(), asked.end(), measure.metric) - asked.begin();
      const eval::Score& score = scores[measure.stratum][static_cast<std::size_t>(place)];
      evaluation.metrics.push_back({measure.key, score.value.value, score.note});
      if (measure.stratum == 0 && !score.value.users.empty()) {
        write_per_user(cell, fold, measure, score.value);
      }
    }
    evaluations.push_back(std::move(evaluation));
  }
  return evaluations;
}

void CellRunner::write_per_user(const Cell& cell, const Fold& fold, const Measure& measure,
                                const MetricValue& value) const {
  std::string text = csv_line({"user", measure.column});
  for (std::size_t n = 0; n < value.users.size(); ++n) {
    text += csv_line({std::string(fold.source->data.users.name(value.users[n])),
                      fmt::format("{}", value.per_user[n])});
  }
  folder_.write(per_user_file(plan_, cell, measure), text);
}

}  // namespace cofi::run
