#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include "cofi/communicator.hpp"

#include "run/cell_runner.hpp"
#include "run/child.hpp"
#include "run/commands.hpp"
#include "run/display.hpp"
#include "run/dry_run.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/machine.hpp"
#include "run/plan.hpp"
#include "run/record.hpp"
#include "run/results.hpp"
#include "run/signals.hpp"
#include "run/text.hpp"
#include "run/workshop.hpp"

namespace cofi::run {
namespace {

using End = CellRunner::End;

// A fit and the cells that share it.
struct Group {
  std::vector<const Cell*> cells;
  bool crashed = false;  // the process went down with it before
};

// In the order of their folds, so that each fold is made once; what took the process down last.
std::vector<Group> groups_of(const Plan& plan, const Journal& journal, const CellRunner& runner) {
  std::map<std::string, std::size_t> place;  // of a fit
  std::map<std::string, std::size_t> folds;  // order of first appearance
  std::vector<std::pair<std::pair<std::size_t, std::int64_t>, Group>> ordered;
  for (const Cell& cell : plan.cells) {
    if (runner.complete(cell)) continue;
    const auto [at, is_new] = place.emplace(cell.fit, ordered.size());
    if (is_new) {
      const PlannedRow& row = plan.rows[cell.row];
      const std::string key = row.source->digest + Folds::key(*row.row);
      const std::size_t fold = folds.emplace(key, folds.size()).first->second;
      ordered.push_back({{fold, cell.fold}, {}});
      const FitRecord record = journal.fit(cell.fit);
      ordered.back().second.crashed = record.status == FitRecord::Status::kStarted;
    }
    ordered[at->second].second.cells.push_back(&cell);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.crashed, a.first) < std::tie(b.second.crashed, b.first);
  });
  std::vector<Group> groups;
  for (auto& each : ordered) groups.push_back(std::move(each.second));
  return groups;
}

End run_crashed(const Group& group, Journal& journal) {
  const std::string& key = group.cells.front()->fit;
  const ChildEnd end = run_in_child(key);
  if (end.signal == 0 && end.code == 0) return End::kDone;
  if (end.signal == 0 && end.code == 130) return End::kInterrupted;
  if (end.signal == 0 && end.code == 3) return End::kFailed;
  if (end.signal == 0 && end.code == 2) {
    throw FolderError("the child process that ran a cell again ended with an error; see above");
  }
  if (StopSignals::received() != 0) return End::kInterrupted;
  journal.fail(key, "took the process down twice, the second time a child process of its own: " +
                        end.text());
  return End::kFailed;
}

std::string outcome(const Plan& plan, const Cell& cell, const Journal& journal) {
  const FitRecord record = journal.fit(cell.fit);
  if (record.status == FitRecord::Status::kFailed) return "failed: " + record.error;
  std::string text;
  for (const Measure& measure : plan.rows[cell.row].measures) {
    const auto metric = journal.metric(cell.fit, measure.key);
    if (!metric) continue;
    text += metric->note.empty() ? fmt::format("{} {:.4f}  ", measure.column, metric->value)
                                 : metric->note + "  ";
  }
  return text + "in " + duration_text(record.seconds);
}

// True where all groups came to an end, even a bad one.
bool run_groups(const std::vector<Group>& groups, const Plan& plan, CellRunner& runner,
                Journal& journal, Display& display, bool in_child) {
  std::size_t n = 0;
  for (const Group& group : groups) {
    if (StopSignals::received() != 0) return false;
    const std::string name =
        fmt::format("[{}/{}] {}", ++n, groups.size(), name_of(plan, *group.cells.front()));
    display.begin(name);
    if (group.crashed && !in_child) {
      display.line(name + ": took the process down before; runs in a process of its own");
    }
    const End end =
        group.crashed && !in_child ? run_crashed(group, journal) : runner.run(group.cells);
    display.end();
    if (end == End::kInterrupted) return false;
    if (!in_child) display.line(name + ": " + outcome(plan, *group.cells.front(), journal));
  }
  return true;
}

void write_tables(const Plan& plan, const Journal& journal, const Folder& folder) {
  const std::vector<CellResult> cells = collect(plan, journal);
  const Table results = results_table(plan, cells);
  const Table shown = results.without({"eval_seconds", "shared_seconds", "peak_mb", "leaks"});
  folder.write("results.csv", to_csv(results));
  folder.write("results.json", to_json(results));
  folder.write("results.md", to_markdown(shown));
  folder.write("results.tex", to_latex(shown));
  folder.write("folds.csv", to_csv(folds_table(plan, cells)));
  folder.write("history.csv", to_csv(history_table(plan, cells)));
  std::fputs(to_text(shown).c_str(), stdout);
}

bool any_failed(const Plan& plan, const Journal& journal) {
  return std::any_of(plan.cells.begin(), plan.cells.end(), [&](const Cell& cell) {
    return journal.fit(cell.fit).status == FitRecord::Status::kFailed;
  });
}

void show(const Plan& plan, Display& display) {
  std::set<const Source*> seen;
  for (const PlannedRow& row : plan.rows) {
    const Data& data = row.source->data;
    if (!seen.insert(row.source.get()).second) continue;
    if (!data.note.empty()) display.line(data.note);
    for (const std::string& note : row.source->notes) display.line("note: " + note);
    const std::vector<FilterReport>& filters = row.source->filters;
    for (std::size_t n = 0; n < filters.size(); ++n) display.line(filters[n].text(n));
    display.line(shape_of(data));
    for (const auto& [name, count] : data.counts) {
      if (count > 0) display.detail(fmt::format("  {}: {}", name, grouped(count)));
    }
  }
  for (const std::string& note : plan.notes) display.line(note);
}

int dry_run(const Plan& plan, const Workshop& workshop, const std::string& path) {
  std::set<const Cell*> done;
  if (std::filesystem::exists(path + "/cofi.db")) {
    Journal journal(path, plan.experiment.name, true);
    for (const CellResult& cell : collect(plan, journal)) {
      const std::size_t measures = plan.rows[cell.cell->row].measures.size();
      const bool fitted = cell.fit.status == FitRecord::Status::kDone;
      if (fitted && cell.metrics.size() == measures) done.insert(cell.cell);
    }
  }
  print_dry_run(plan, workshop, done);
  return 0;
}

}  // namespace

int run(const RunOptions& options, const plugin::Registry& registry) {
  const auto start = std::chrono::steady_clock::now();
  RunTimes times;
  times.started = now_utc();
  const bool in_child = !options.cell.empty();
  spec::Experiment experiment = spec::load_experiment(options.spec, options.overrides, registry);
  const std::string path = options.out.empty() ? "runs/" + experiment.name : options.out;
  Display display(options.verbosity);
  const OpenWorkshop open(experiment, registry);
  const Workshop& workshop = open.workshop;

  if (options.dry_run) return dry_run(make_plan(std::move(experiment), workshop), workshop, path);
  const Folder folder(path, in_child);
  // What cannot be run is said before anything is thrown away or written.
  const Plan plan = make_plan(std::move(experiment), workshop);
  if (options.fresh && !in_child) folder.clear();
  Journal journal(path, plan.experiment.name, false);
  CellRunner runner(plan, workshop, folder, journal, display);
  std::vector<Group> groups = groups_of(plan, journal, runner);
  const StopSignals signals;

  if (in_child) {
    groups.erase(std::remove_if(
                     groups.begin(), groups.end(),
                     [&](const Group& group) { return group.cells.front()->fit != options.cell; }),
                 groups.end());
    if (!run_groups(groups, plan, runner, journal, display, true)) return 130;
    return journal.fit(options.cell).status == FitRecord::Status::kFailed ? 3 : 0;
  }

  show(plan, display);
  folder.write("spec.yaml", spec::to_yaml(plan.experiment.resolved));
  times.state = "running";
  folder.write("manifest.json", manifest(plan, workshop, times));
  const bool ended = run_groups(groups, plan, runner, journal, display, false);
  write_tables(plan, journal, folder);
  const bool failed = any_failed(plan, journal);
  times.state = !ended ? "interrupted" : failed ? "some cells failed" : "done";
  times.wall_seconds = seconds_since(start);
  folder.write("manifest.json", manifest(plan, workshop, times));
  if (!ended) {
    display.line("interrupted; what is done is kept in " + path +
                 ", and the same command goes on from there");
    return 130;
  }
  display.line("results in " + path);
  return failed ? 3 : 0;
}

}  // namespace cofi::run
