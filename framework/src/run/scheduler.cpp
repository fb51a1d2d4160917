#include "run/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <tuple>

#include "core/signals.hpp"
#include "run/child_worker.hpp"
#include "run/machine.hpp"
#include "run/rank_worker.hpp"
#include "run/selection.hpp"
#include "run/text.hpp"

namespace cofi::run {
namespace {

std::string outcome(const Plan& plan, const Cell& cell, const Journal& journal) {
  const FitRecord record = journal.fit(cell.fit);
  if (record.status == FitRecord::Status::kFailed) return "failed: " + record.error;
  if (!record.error.empty()) return "its evaluation failed: " + record.error;
  std::string text;
  for (const Measure& measure : plan.rows[cell.row].measures) {
    const auto metric =
        plan.is_due(cell, measure) ? journal.metric(cell.fit, measure.key) : std::nullopt;
    if (!metric) continue;
    text += metric->note.empty() ? fmt::format("{} {:.4f}  ", measure.column, metric->value)
                                 : metric->note + "  ";
  }
  return text + "in " + duration_text(record.seconds);
}

}  // namespace

Scheduler::Scheduler(Plan& plan, const Workshop& workshop, const Folder& folder, Journal& journal,
                     Display& display)
    : plan_(plan),
      workshop_(workshop),
      folder_(folder),
      journal_(journal),
      display_(display),
      runner_(plan, workshop, folder, journal, display),
      searching_(plan) {
  for (const Cell& cell : plan.cells) note_memory(cell);
}

std::vector<Scheduler::Group> Scheduler::groups() {
  std::map<std::string, std::size_t> place;  // of a family
  std::map<std::string, std::size_t> folds;  // order of first appearance
  std::vector<std::pair<std::pair<std::size_t, std::int64_t>, Group>> ordered;
  for (const Cell& cell : plan_.cells) {
    if (failed_.count(cell.family) > 0) continue;
    const auto which = std::tuple(cell.row, cell.fold, cell.repeat);
    if (complete_.count(which) > 0) continue;
    if (runner_.complete(cell)) {
      complete_.insert(which);
      continue;
    }
    const auto [at, is_new] = place.emplace(cell.family, ordered.size());
    if (is_new) {
      const PlannedRow& row = plan_.rows[cell.row];
      const std::string key = row.source->digest + Folds::key(*row.row);
      const std::size_t fold = folds.emplace(key, folds.size()).first->second;
      ordered.push_back({{fold, cell.fold}, {cell.family, {}, false}});
    }
    Group& group = ordered[at->second].second;
    // A world goes down with any of its machines: that says nothing of the cell.
    const FitRecord fit = journal_.fit(cell.fit);
    const bool alone = !workshop_.ranks.several() && team_.empty();
    const bool under_way = fit.status == FitRecord::Status::kStarted || fit.evaluating;
    group.crashed = group.crashed || (alone && under_way);
    group.cells.push_back(&cell);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.crashed, a.first) < std::tie(b.second.crashed, b.first);
  });
  std::vector<Group> groups;
  for (auto& each : ordered) groups.push_back(std::move(each.second));
  return groups;
}

bool Scheduler::advance() {
  if (searching_.next(plan_, journal_, workshop_)) return true;
  if (!plan_.experiment.select || selected_) return false;
  selected_ = true;
  mark_selected(plan_, journal_);
  complete_.clear();  // more is due of those selected
  return true;
}

bool Scheduler::run() {
  do {
    if (!run_round()) return false;
  } while (advance());
  remove_models();
  folder_.remove("checkpoints");
  workshop_.ranks.wait();
  folder_.remove_own("checkpoints");  // another machine's
  return true;
}

bool Scheduler::run_round() {
  const std::vector<Group> all = groups();
  known_ = done_ + all.size();
  const auto crashed =
      std::find_if(all.begin(), all.end(), [](const Group& group) { return group.crashed; });
  const std::vector<Group> sound(all.begin(), crashed);
  const bool several = !team_.empty() || (plan_.experiment.jobs > 1 && sound.size() > 1);
  if (!(several ? run_in_workers(sound) : run_here(sound))) return false;
  // What took a worker down in this round, too.
  for (const Group& group : groups()) {
    if (!group.crashed && died_.count(group.family) == 0) continue;
    display_.line(title(group) + ": took the process down before; runs in a process of its own");
    if (!ended(group, run_alone(group))) return false;
  }
  return true;
}

bool Scheduler::run_here(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    if (workshop_.ranks.any(StopSignals::received() != 0)) return false;
    display_.begin(title(group));
    const End end = runner_.run(group.cells);
    display_.end();
    if (!ended(group, end)) return false;
  }
  return true;
}

void Scheduler::add_ranks(const World& place) {
  for (int rank = 1; rank < place.size; ++rank) {
    team_.push_back(std::make_unique<RankWorker>(*place.store, rank, folder_, journal_));
  }
}

bool Scheduler::run_in_workers(const std::vector<Group>& groups) {
  const auto jobs = static_cast<std::size_t>(plan_.experiment.jobs);
  const int threads = std::max(1, workshop_.pool.threads() / static_cast<int>(jobs));
  std::vector<std::unique_ptr<Worker>> children;
  std::map<std::string, const Group*> under_way;
  std::size_t next = 0;
  bool stopping = false, all = true;
  const auto everybody = [&] {
    std::vector<Worker*> workers;
    for (const auto* some : {&team_, &children}) {
      for (const auto& worker : *some) workers.push_back(worker.get());
    }
    return workers;
  };
  const auto stop = [&](int signal) {
    stopping = true;
    for (Worker* worker : everybody()) worker->stop(signal);
  };
  const auto more = [&] { return next < groups.size() && !stopping; };
  const auto begin = [&](Worker& worker) {
    under_way[groups[next].family] = &groups[next];
    worker.give(groups[next].family, groups[next].cells);
    ++next;
  };
  display_.begin(fmt::format("{} at once", jobs + team_.size()));
  while (next < groups.size() || !under_way.empty()) {
    if (StopSignals::received() != 0 && !stopping) stop(StopSignals::received());
    if (stopping && under_way.empty()) break;
    for (const auto& worker : team_) {
      if (worker->idle() && more()) begin(*worker);
    }
    for (const auto& worker : children) {
      if (worker->idle() && more() && (under_way.empty() || room_for_another())) begin(*worker);
    }
    if (children.size() < jobs && more() && (under_way.empty() || room_for_another())) {
      children.push_back(std::make_unique<ChildWorker>(threads));
      begin(*children.back());
      continue;
    }
    std::vector<pollfd> waiting;
    for (const auto& worker : children) {
      if (!worker->idle()) waiting.push_back({worker->descriptor(), POLLIN, 0});
    }
    const int milliseconds = team_.empty() ? 200 : 20;
    poll(waiting.data(), waiting.size(), milliseconds);
    for (Worker* worker : everybody()) {
      if (worker->idle() || !worker->answered()) continue;
      const Group& group = *under_way.at(worker->given());
      under_way.erase(worker->given());
      const Worker::Answer answer = worker->take();
      if (answer == Worker::Answer::kDied) {
        display_.line(name_of(plan_, *group.cells.front()) +
                      ": took its process down: " + worker->death());
        children.erase(std::find_if(children.begin(), children.end(),
                                    [&](const auto& each) { return each.get() == worker; }));
        died_.insert(group.family);
        break;  // the round's end runs it again
      }
      all = ended(group, static_cast<End>(answer)) && all;
      // By itself: the others are asked to do the same.
      if (answer == Worker::Answer::kInterrupted && !stopping) stop(SIGTERM);
      display_.step("cell", double(done_), double(known_), 0, "");
    }
  }
  display_.end();
  return all && !stopping;
}

void Scheduler::note_memory(const Cell& cell) {
  most_mb_ = std::max(most_mb_, journal_.fit(cell.fit).peak_mb);
}

// Another process takes about as much memory as the largest so far.
bool Scheduler::room_for_another() const {
  return available_memory_mb() > 1.2 * std::max(peak_memory_mb(), most_mb_);
}

CellRunner::End Scheduler::run_alone(const Group& group) {
  ChildWorker worker(workshop_.pool.threads());
  worker.give(group.family, group.cells);
  const Worker::Answer answer = worker.take();
  if (answer != Worker::Answer::kDied) return static_cast<End>(answer);
  if (StopSignals::received() != 0) return End::kInterrupted;
  fail_started(group, worker.death());
  return End::kFailed;
}

void Scheduler::fail_started(const Group& group, const std::string& death) {
  const std::string error =
      "took the process down twice, the second time a child process of its own: " + death;
  for (const Cell* cell : group.cells) {
    switch (journal_.status(cell->fit)) {
      case FitRecord::Status::kFailed:
        break;
      case FitRecord::Status::kDone:
        journal_.fail_evaluation(cell->fit, error);
        break;
      default:
        journal_.fail(cell->fit, error);
    }
  }
}

bool Scheduler::ended(const Group& group, End end) {
  if (end == End::kInterrupted) return false;
  if (end == End::kFailed) failed_.insert(group.family);
  for (const Cell* cell : group.cells) note_memory(*cell);
  show_outcome(group);
  ++done_;
  return true;
}

std::string Scheduler::title(const Group& group) const {
  return fmt::format("[{}/{}] {}", done_ + 1, known_, name_of(plan_, *group.cells.front()));
}

void Scheduler::show_outcome(const Group& group) {
  const Cell& last = *group.cells.back();
  display_.line(fmt::format("[{}/{}] {}: {}", done_ + 1, known_, name_of(plan_, last),
                            outcome(plan_, last, journal_)));
}

void Scheduler::remove_models() {
  if (!plan_.experiment.select || plan_.experiment.save == "all") return;
  std::set<std::string> kept;
  for (const Cell& cell : plan_.cells) {
    if (cell.selected && plan_.experiment.save == "selected") kept.insert(cell.fit);
  }
  for (const Cell& cell : plan_.cells) {
    const FitRecord record = journal_.fit(cell.fit);
    if (record.model.empty() || kept.count(cell.fit) > 0) continue;
    folder_.remove(record.model);
    journal_.forget_model(cell.fit);
  }
}

void Scheduler::check_models() {
  do {
    std::size_t lacking = 0;
    std::string first;
    for (const Group& group : groups()) {
      for (const Cell* cell : group.cells) {
        const FitRecord record = journal_.fit(cell->fit);
        if (record.status == FitRecord::Status::kDone && !record.model.empty() &&
            folder_.has(record.model)) {
          continue;
        }
        if (lacking++ == 0) first = name_of(plan_, *cell);
      }
    }
    if (lacking == 0) continue;
    throw Error(folder_.path(), ": ", lacking, lacking == 1 ? " cell has" : " cells have",
                " no saved model to evaluate (", first,
                "); run the spec again with these metrics, and with 'save: all' for the next time");
  } while (advance());
}

CellRunner::End Scheduler::run_family(const std::string& family) {
  const auto find = [&]() -> std::vector<const Cell*> {
    for (const Group& group : groups()) {
      if (group.family == family) return group.cells;
    }
    return {};
  };
  std::vector<const Cell*> cells = find();
  // Whoever gives it is a round ahead.
  while (cells.empty() && advance()) cells = find();
  return cells.empty() ? End::kDone : runner_.run(cells);
}

void Scheduler::serve() {
  for (std::string family = take_order(); !family.empty(); family = take_order()) {
    const End end = run_family(family);
    answer(static_cast<Worker::Answer>(end));
    if (end == End::kInterrupted) return;
  }
}

void Scheduler::serve(const World& place) {
  serve_as_rank(*place.store, place.rank, folder_, journal_, [&](const std::string& family) {
    return static_cast<Worker::Answer>(run_family(family));
  });
}

}  // namespace cofi::run
