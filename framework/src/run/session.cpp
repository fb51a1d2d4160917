#include "run/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include "cofi/communicator.hpp"

#include "run/comparison.hpp"
#include "run/display.hpp"
#include "run/dry_run.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/machine.hpp"
#include "run/plan.hpp"
#include "run/record.hpp"
#include "run/result_columns.hpp"
#include "run/results.hpp"
#include "run/scheduler.hpp"
#include "run/signals.hpp"
#include "run/text.hpp"
#include "run/workshop.hpp"

namespace cofi::run {
namespace {

// Which differences are more than chance: shown where the pairs are few.
void compare_systems(const Plan& plan, const Folder& folder, const Session& session,
                     const ThreadPool& pool) {
  ComparisonOptions options;
  options.resamples = 2000;
  for (const MetricColumn& column : metric_columns(plan)) {
    options.higher_is_better[column.name] = column.higher_is_better;
  }
  const std::vector<System> systems = read_systems(folder.path());
  const Table table = comparison_table(systems, false, options, pool);
  folder.write("comparisons.csv", to_csv(table));
  folder.write("comparisons.md", to_markdown(table));
  constexpr std::size_t kShown = 12;
  if (session.quiet || table.rows.empty() || table.rows.size() > kShown) return;
  const Table shown = table.without({"users", "low", "high", "folds", "t_p", "wilcoxon_p",
                                     "permutation_p", "folds_p", "t_holm", "permutation_holm"});
  std::fputs(("\n" + to_text(shown)).c_str(), stdout);
}

void write_tables(const Plan& plan, const Journal& journal, const Folder& folder,
                  const Session& session, const ThreadPool& pool) {
  const std::vector<CellResult> cells = collect(plan, journal);
  const Table results = results_table(plan, cells);
  const Table shown = results.without({"eval_seconds", "shared_seconds", "peak_mb", "leaks"});
  folder.write("results.csv", to_csv(results));
  folder.write("results.json", to_json(results));
  folder.write("results.md", to_markdown(shown));
  folder.write("results.tex", to_latex(shown));
  folder.write("folds.csv", to_csv(folds_table(plan, cells)));
  folder.write("history.csv", to_csv(history_table(plan, cells)));
  const Table strata = strata_table(plan, cells);
  if (strata.rows.empty()) {
    folder.remove("strata.csv");
  } else {
    folder.write("strata.csv", to_csv(strata));
  }
  if (!session.quiet) std::fputs(to_text(shown).c_str(), stdout);
  compare_systems(plan, folder, session, pool);
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
      if (is_complete(plan, cell)) done.insert(cell.cell);
    }
  }
  print_dry_run(plan, workshop, done);
  return 0;
}

}  // namespace

int run_session(spec::Experiment experiment, const Session& session,
                const plugin::Registry& registry) {
  const auto start = std::chrono::steady_clock::now();
  RunTimes times;
  times.started = now_utc();
  const bool in_child = session.worker_threads > 0;
  const std::string& path = session.folder;
  if (in_child) experiment.threads = session.worker_threads;
  Display display(in_child ? -1 : session.verbosity);
  const OpenWorkshop open(experiment, registry);
  const Workshop& workshop = open.workshop;

  if (session.dry_run) return dry_run(make_plan(std::move(experiment), workshop), workshop, path);
  const Folder folder(path, in_child);
  // What cannot be run is said before anything is thrown away or written.
  Plan plan = make_plan(std::move(experiment), workshop);
  if (session.fresh && !in_child) folder.clear();
  Journal journal(path, plan.experiment.name, false);
  Scheduler scheduler(plan, workshop, folder, journal, display);
  const StopSignals signals;
  if (in_child) {
    scheduler.serve();
    return 0;
  }
  if (session.evaluates_only) scheduler.check_models();

  show(plan, display);
  folder.write("spec.yaml", spec::to_yaml(plan.experiment.resolved));
  times.state = "running";
  folder.write("manifest.json", manifest(plan, workshop, times));
  const bool ended = scheduler.run();
  write_tables(plan, journal, folder, session, workshop.pool);
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
