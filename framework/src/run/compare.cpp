#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "cofi/files.hpp"

#include "core/suggest.hpp"
#include "run/commands.hpp"
#include "run/comparison.hpp"
#include "run/machine.hpp"
#include "run/systems.hpp"

namespace cofi::run {
namespace {

struct Origin {
  System system;
  std::size_t run;
};

void refuse_others(const std::vector<Origin>& all, const std::vector<std::string>& folders) {
  for (const Origin& a : all) {
    for (const Origin& b : all) {
      if (a.run >= b.run || a.system.dataset != b.system.dataset) continue;
      const std::string why = incomparable(a.system, b.system);
      if (why.empty()) continue;
      throw Error(folders[a.run], " and ", folders[b.run], " have ", why, " ('", a.system.name,
                  "', '", b.system.name,
                  "'), and their numbers do not compare; give runs on the same data and split, or "
                  "--anyway");
    }
  }
}

// A run of a single `dataset` has no name for it: here it has that of the same data in another run.
void name_datasets(std::vector<Origin>& all) {
  std::map<std::string, std::string> names;  // by data
  for (const Origin& each : all) {
    if (!each.system.dataset.empty()) names.emplace(each.system.data, each.system.dataset);
  }
  for (Origin& each : all) {
    const auto found = names.find(each.system.data);
    if (each.system.dataset.empty() && found != names.end()) each.system.dataset = found->second;
  }
}

std::string list_of(const std::set<std::string>& datasets) {
  std::string list;
  for (const std::string& name : datasets) {
    list += (list.empty() ? "" : ", ") + (name.empty() ? "one without a name" : "'" + name + "'");
  }
  return list;
}

// Systems are compared dataset by dataset: two runs without a common one would not be.
void refuse_disjoint(const std::vector<Origin>& all, const std::vector<std::string>& folders) {
  std::vector<std::set<std::string>> datasets(folders.size());
  for (const Origin& each : all) datasets[each.run].insert(each.system.dataset);
  for (std::size_t a = 0; a < folders.size(); ++a) {
    for (std::size_t b = a + 1; b < folders.size(); ++b) {
      const auto common = [&](const std::string& name) { return datasets[b].count(name) > 0; };
      if (datasets[a].empty() || datasets[b].empty() ||
          std::any_of(datasets[a].begin(), datasets[a].end(), common)) {
        continue;
      }
      throw Error(folders[a], " and ", folders[b], " have no dataset in common (",
                  list_of(datasets[a]), "; ", list_of(datasets[b]),
                  "), and nothing of one compares with the other; give runs on the same data and "
                  "split, or --anyway");
    }
  }
}

void keep_metrics(std::vector<System>& systems, const std::vector<std::string>& wanted) {
  std::vector<std::string> there;
  for (const System& system : systems) {
    for (const auto& metric : system.metrics) {
      if (std::count(there.begin(), there.end(), metric.first) == 0) {
        there.push_back(metric.first);
      }
    }
  }
  for (const std::string& name : wanted) {
    if (std::count(there.begin(), there.end(), name) > 0) continue;
    throw Error("no run has a metric '", name, "'", choices(name, there));
  }
  if (wanted.empty()) return;
  for (System& system : systems) {
    for (auto metric = system.metrics.begin(); metric != system.metrics.end();) {
      const bool keep = std::count(wanted.begin(), wanted.end(), metric->first) > 0;
      metric = keep ? std::next(metric) : system.metrics.erase(metric);
    }
  }
}

using Form = std::string (*)(const Table&);

// The one that the file's name says.
Form form_of(const std::string& path) {
  const std::string form = std::filesystem::path(path).extension().string();
  if (form == ".csv") return to_csv;
  if (form == ".json") return to_json;
  if (form == ".md") return to_markdown;
  if (form == ".tex") return to_latex;
  throw Error("--out ", path, ": '", form,
              "' is no form of a table; allowed: .csv, .json, .md, .tex");
}

}  // namespace

int compare(const CompareOptions& options) {
  // Before what takes long.
  const Form form = options.out.empty() ? nullptr : form_of(options.out);
  std::vector<Origin> all;
  for (std::size_t run = 0; run < options.folders.size(); ++run) {
    for (System& system : read_systems(options.folders[run])) {
      if (options.folders.size() > 1) system.name = options.folders[run] + ": " + system.name;
      all.push_back({std::move(system), run});
    }
  }
  name_datasets(all);
  if (!options.anyway) {
    refuse_disjoint(all, options.folders);
    refuse_others(all, options.folders);
  }
  std::vector<System> systems;
  for (Origin& each : all) systems.push_back(std::move(each.system));
  if (systems.size() < 2) {
    throw Error("there are no two finished systems to compare in ", join(options.folders),
                "; a row of a run's table is one once all of its cells are done");
  }
  keep_metrics(systems, options.metrics);
  ComparisonOptions how;
  how.level = options.level;
  how.resamples = options.resamples;
  const ThreadPool pool(available_cpus());
  const Table table = comparison_table(systems, options.anyway, how, pool);
  if (form != nullptr) write_file(options.out, form(table));
  std::fputs(to_text(table).c_str(), stdout);
  return 0;
}

}  // namespace cofi::run
