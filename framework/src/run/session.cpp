#include "run/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cofi/communicator.hpp"

#include "core/own_process.hpp"
#include "core/signals.hpp"
#include "run/comparison.hpp"
#include "run/digest.hpp"
#include "run/display.hpp"
#include "run/dry_run.hpp"
#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/lists_export.hpp"
#include "run/machine.hpp"
#include "run/plan.hpp"
#include "run/record.hpp"
#include "run/result_columns.hpp"
#include "run/results.hpp"
#include "run/scheduler.hpp"
#include "run/text.hpp"
#include "run/workshop.hpp"

namespace cofi::run {
namespace {

// Which differences are more than chance: shown where the pairs are few. Whether it came to an end.
bool compare_systems(const Plan& plan, const Folder& folder, const Session& session,
                     const ThreadPool& pool) {
  ComparisonOptions options;
  options.resamples = 2000;
  options.draws = 20'000'000;
  options.interrupted = [] { return StopSignals::received() != 0; };
  for (const MetricColumn& column : metric_columns(plan)) {
    options.higher_is_better[column.name] = column.higher_is_better;
  }
  const std::vector<System> systems = read_systems(folder.path());
  const Table table = comparison_table(systems, false, options, pool);
  if (options.interrupted()) {
    for (const char* name : {"comparisons.csv", "comparisons.md"}) folder.remove(name);
    return false;
  }
  folder.write("comparisons.csv", to_csv(table));
  folder.write("comparisons.md", to_markdown(table));
  constexpr std::size_t kShown = 12;
  if (session.quiet || table.rows.empty() || table.rows.size() > kShown) return true;
  const Table shown = table.without({"users", "low", "high", "folds", "t_p", "wilcoxon_p",
                                     "permutation_p", "folds_p", "t_holm", "permutation_holm"});
  std::fputs(("\n" + to_text(shown)).c_str(), stdout);
  return true;
}

void write_tables(const Plan& plan, const std::vector<CellResult>& cells, const Folder& folder,
                  const Session& session) {
  const Table results = results_table(plan, cells);
  const Table shown = results.without({"eval_seconds", "shared_seconds", "peak_mb", "leaks"});
  folder.write("results.csv", to_csv(results));
  folder.write("results.json", to_json(results));
  folder.write("results.md", to_markdown(shown));
  folder.write("results.tex", to_latex(shown));
  folder.write("folds.csv", to_csv(folds_table(plan, cells)));
  folder.write("per_user.csv", to_csv(per_user_table(plan, cells, folder)));
  folder.write("history.csv", to_csv(history_table(plan, cells)));
  const Table strata = strata_table(plan, cells);
  if (strata.rows.empty()) {
    folder.remove("strata.csv");
  } else {
    folder.write("strata.csv", to_csv(strata));
  }
  if (!session.quiet) std::fputs(to_text(shown).c_str(), stdout);
}

bool any_failed(const std::vector<CellResult>& cells) {
  return std::any_of(cells.begin(), cells.end(), [&](const CellResult& cell) {
    return cell.fit.status == FitRecord::Status::kFailed ||
           (!cell.fit.error.empty() && !cell.complete);
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

void refuse_jobs(const spec::Experiment& experiment, const World& place) {
  if (place.size == 1 || experiment.jobs == 1) return;
  throw Error(experiment.file, ": jobs: ", experiment.jobs,
              ": the ranks of a world run one cell together; leave it out, or run one process");
}

// Of a rank that runs cells by itself: it has its share of the machine, and nobody to talk to.
World alone(World place) {
  place.rank = 0;
  place.size = 1;
  place.store = nullptr;
  return place;
}

// Where such a rank works, until it hands over what comes of it.
class OwnFolder {
 public:
  OwnFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cofi-rank-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error("cannot create a folder in ", pattern, ": ", std::strerror(errno));
    }
    path = pattern;
  }
  ~OwnFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;

  std::string path;
};

// The other ranks of a world that shares out cells.
int serve_cells(Plan& plan, const Workshop& workshop, const World& place) {
  const OwnFolder own;
  const Folder folder(own.path, true);
  Journal journal(own.path, plan.experiment.name, false);
  Display display(-1);
  Scheduler scheduler(plan, workshop, folder, journal, display);
  scheduler.serve(place);
  return StopSignals::received() != 0 ? 130 : 0;
}

// What every rank must have alike; `launch` is what they may differ in.
spec::Json what_runs(const spec::Experiment& experiment) {
  spec::Json resolved = experiment.resolved;
  for (const char* own : {"launch", "threads", "device"}) resolved.erase(own);
  return {{"build", digest_of_framework()}, {"spec", resolved}};
}

spec::Json describe_world(const Ranks& ranks, const spec::Json& launch,
                          const world::Membership& membership) {
  spec::Json world = {{"ranks", ranks.place().size},
                      {"backend", launch.at("backend")},
                      {"parallel", launch.at("parallel")},
                      {"generation", membership.generation()},
                      {"hosts", ranks.all(host_name())}};
  // What chooses how backends talk.
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool matters = text.rfind("GLOO_", 0) == 0 || text.rfind("NCCL_", 0) == 0;
    const std::size_t end = text.find('=');
    if (matters) world["environment"][text.substr(0, end)] = text.substr(end + 1);
  }
  return world;
}

spec::Json what_is_found(const Plan& plan) {
  spec::Json found;
  for (const PlannedRow& row : plan.rows) found["data"][row.slug] = row.source->digest;
  for (const Cell& cell : plan.cells) found["fits"].push_back(cell.fit);
  return found;
}

// The leader's is the run's; the others have a copy of what it says at first, in which they note
// the same as it does.
Journal journal_of(const std::string& path, const Plan& plan, const Ranks& ranks) {
  if (!ranks.several()) return Journal(path, plan.experiment.name, false);
  if (!ranks.leads()) return Journal::in_memory(ranks.from_leader(std::string()));
  Journal journal(path, plan.experiment.name, false);
  ranks.from_leader(journal.bytes());
  return journal;
}

int dry_run(const Plan& plan, const Workshop& workshop, const std::string& path, int ranks) {
  std::set<const Cell*> done;
  if (std::filesystem::exists(path + "/cofi.db")) {
    Journal journal(path, plan.experiment.name, true);
    for (const CellResult& cell : collect(plan, journal)) {
      const std::string lists = lists_file(plan, *cell.cell);
      const bool listed = lists.empty() || std::filesystem::exists(path + "/" + lists);
      if (cell.complete && listed) done.insert(cell.cell);
    }
  }
  print_dry_run(plan, workshop, done, ranks);
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
  const World place = session.membership == nullptr ? World{} : session.membership->place();
  // What interrupts a rank is the world's to end; one process that only reads ends at once.
  std::optional<StopSignals> signals;
  if (place.size > 1) signals.emplace();
  refuse_jobs(experiment, place);
  Display display(in_child || place.rank > 0 ? -1 : session.verbosity);
  const OpenWorkshop open(experiment, registry, place);
  const Ranks& world = open.workshop.ranks;
  if (world.several()) {
    world.require_same("build or spec", what_runs(experiment));
    times.world = describe_world(world, experiment.launch, *session.membership);
  }
  const bool cells = world.several() && experiment.launch.at("parallel") == "cells";
  std::optional<OpenWorkshop> apart;
  if (cells) apart.emplace(experiment, registry, alone(place));
  const Workshop& workshop = cells ? apart->workshop : open.workshop;
  const Ranks& ranks = workshop.ranks;

  if (session.dry_run) {
    return dry_run(make_plan(std::move(experiment), workshop), workshop, path, session.dry_world);
  }
  if (cells && !world.leads()) {
    Plan plan = make_plan(std::move(experiment), workshop);
    world.require_same("data or plugins", what_is_found(plan));
    return serve_cells(plan, workshop, place);
  }
  const Folder folder(path, in_child, ranks);
  // What cannot be run is said before anything is thrown away or written.
  Plan plan = make_plan(std::move(experiment), workshop);
  if (world.several()) world.require_same("data or plugins", what_is_found(plan));
  if (session.fresh && !in_child) folder.clear();
  Journal journal = journal_of(path, plan, ranks);
  Scheduler scheduler(plan, workshop, folder, journal, display);
  if (cells) scheduler.add_ranks(place);
  if (!signals) signals.emplace();
  if (in_child) {
    scheduler.serve();
    return 0;
  }
  if (session.evaluates_only) scheduler.check_models();

  show(plan, display);
  if (ranks.leads()) {
    folder.write("spec.yaml", spec::to_yaml(plan.experiment.resolved));
    times.state = "running";
    folder.write("manifest.json", manifest(plan, workshop, times));
  }
  const bool ended = scheduler.run();
  const std::vector<CellResult> results = collect(plan, journal);
  const bool failed = any_failed(results);
  if (!ranks.leads()) return !ended ? 130 : failed ? 3 : 0;
  write_tables(plan, results, folder, session);
  times.state = !ended ? "interrupted" : failed ? "some cells failed" : "done";
  times.wall_seconds = seconds_since(start);
  folder.write("manifest.json", manifest(plan, workshop, times));
  const bool compared = compare_systems(plan, folder, session, workshop.pool);
  if (!ended || !compared) {
    display.line("interrupted; what is done is kept in " + path +
                 ", and the same command goes on from there");
    return 130;
  }
  display.line("results in " + path);
  return failed ? 3 : 0;
}

}  // namespace cofi::run
