#include "run/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cofi/metric.hpp"

#include "core/signals.hpp"
#include "run/ranking.hpp"
#include "run/text.hpp"
#include "train/training_loop.hpp"

namespace cofi::run {

CellMonitor::CellMonitor(const PlannedRow& row, const Fold& fold, const Workshop& workshop,
                         Display& display, const Checkpoint& checkpoint, bool interrupted)
    : row_(row),
      fold_(fold),
      workshop_(workshop),
      display_(display),
      checkpoint_(checkpoint),
      interrupted_(interrupted) {}

void CellMonitor::progress(const std::string& what, std::int64_t done, std::int64_t total) {
  const auto part = static_cast<double>(done), whole = static_cast<double>(total);
  if (row_.row->train.is_null()) return display_.step(what, part, whole, 0, "");
  // Of the epoch under way: the fit is as far as its epochs are.
  const double epochs_done = history_.epochs().empty() ? 0 : double(history_.epochs().back().epoch);
  display_.step("epoch", epochs_done + (whole > 0 ? part / whole : 0),
                row_.row->train.at("epochs").get<double>(), double(epochs_before_), words_);
}

std::vector<eval::Score> CellMonitor::evaluate(Model& model, const std::string& part) {
  const auto start = std::chrono::steady_clock::now();
  eval::Trained trained = trained_for(row_, fold_, part);
  trained.communicator = &workshop_.communicator;
  std::vector<eval::Score> scores = eval::evaluate(model, row_.metrics, fold_.part(part), trained,
                                                   row_.cold_start, workshop_.pool);
  evaluation_seconds_ += seconds_since(start);
  return scores;
}

void CellMonitor::epoch_done(Model& model, const EpochReport& report) {
  Epoch& epoch = history_.at(report.epoch);
  epoch.loss = report.loss;
  epoch.learning_rate = report.learning_rate;
  epoch.seconds = report.seconds;
  words_ = std::isfinite(report.loss) ? fmt::format("loss {:.4f}", report.loss) : "";
  if (evaluates(report.epoch)) {
    for (const eval::Score& score : evaluate(model, "test")) {
      epoch.metrics[score.column] = score.value.value;
    }
  }
  for (const auto& [column, value] : epoch.metrics) {
    words_ += fmt::format("{}{} {:.4f}", words_.empty() ? "" : "  ", column, value);
  }
  display_.step("epoch", double(report.epoch), double(report.epochs), double(epochs_before_),
                words_);
  display_.detail(fmt::format("  epoch {}: {}", report.epoch, words_));
}

bool CellMonitor::evaluates(std::int64_t epoch) const {
  return std::count(row_.epochs.begin(), row_.epochs.end(), epoch) > 0;
}

std::optional<double> CellMonitor::validate(Model& model, std::int64_t epoch) {
  if (fold_.validation.size() == 0 || row_.metrics.empty()) return std::nullopt;
  const std::vector<eval::Score> scores = evaluate(model, "validation");
  Epoch& row = history_.at(epoch);
  for (const eval::Score& score : scores) {
    row.metrics["validation_" + score.column] = score.value.value;
  }
  const double value = scores[row_.watched].value.value;
  return row_.metrics[row_.watched].metric->higher_is_better() ? -value : value;
}

double CellMonitor::seconds() const {
  return seconds_before_ + seconds_since(start_) - evaluation_seconds_;
}

bool CellMonitor::stop_requested() { return StopSignals::received() != 0; }

void CellMonitor::save_checkpoint(const Archive& archive) {
  Archive whole = archive;
  std::string history = history_.to_text();
  double fitted = seconds();
  whole("cofi.history", history);
  whole("cofi.seconds", fitted);
  checkpoint_.write(whole);
}

std::optional<Archive> CellMonitor::load_checkpoint() {
  if (!checkpoint_.exists()) return std::nullopt;
  Archive archive = checkpoint_.read();
  std::string history;
  archive("cofi.history", history);
  const History saved = History::from_text(history);
  std::string note = "  going on from the checkpoint";
  if (!saved.epochs().empty()) {
    epochs_before_ = saved.epochs().back().epoch;
    std::int64_t under_way = 0;
    archive(train::kEpochUnderWay, under_way);
    // A longer fit of the family left it: this one has to begin anew.
    if (epochs_before_ + under_way > row_.row->train.at("epochs").get<std::int64_t>()) {
      epochs_before_ = 0;
      return std::nullopt;
    }
    note += " after epoch " + std::to_string(epochs_before_);
  }
  history_ = saved;
  archive("cofi.seconds", seconds_before_);
  interrupted_ ? display_.line(note) : display_.detail(note);
  return archive;
}

}  // namespace cofi::run
