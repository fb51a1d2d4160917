#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "cofi/files.hpp"

#include "run/commands.hpp"
#include "run/csv.hpp"
#include "run/saved_run.hpp"
#include "run/session.hpp"

namespace cofi::run {
namespace {

using Json = spec::Json;
using Values = std::map<std::string, std::string>;  // by column

// The cells of folds.csv: their settings, and what they came out as.
struct Cells {
  std::vector<std::string> names;  // in the file's order: the columns up to `repeat`
  std::map<std::string, Values> values;
};

bool is_compared(const std::string& column) {
  static const std::set<std::string> others = {"fit_seconds", "eval_seconds", "shared_seconds",
                                               "peak_mb",     "wire_mb",      "model_file"};
  return others.count(column) == 0;
}

Cells read_cells(const std::string& folder) {
  const std::string path = folder + "/folds.csv";
  if (!std::filesystem::exists(path)) {
    throw Error(folder, ": no folds.csv: the run has not ended yet; run its spec again first");
  }
  const auto rows = csv_rows(FileBytes::open(path).bytes());
  if (rows.empty()) throw Error(path, ": empty; run the spec again");
  const std::size_t repeat = column_of(path, rows[0], "repeat");
  Cells cells;
  for (std::size_t n = 1; n < rows.size(); ++n) {
    std::string name;
    Values values;
    for (std::size_t c = 0; c < rows[0].size() && c < rows[n].size(); ++c) {
      const std::string &column = rows[0][c], &value = rows[n][c];
      if (c > repeat || column == "selected") {
        if (is_compared(column)) values[column] = value;
      } else if (!value.empty()) {
        name += (name.empty() ? "" : ", ") + (column == "model" ? "" : column + " ") + value;
      }
    }
    cells.names.push_back(name);
    cells.values[name] = std::move(values);
  }
  return cells;
}

// "rmse 0.92, was 0.91; ..."; empty where all are the same.
std::string differences(const Values& before, const Values& now) {
  std::string text;
  for (const auto& [column, value] : before) {
    const auto found = now.find(column);
    const std::string other = found == now.end() ? "" : found->second;
    if (other == value) continue;
    text += fmt::format("{}{} {}, was {}", text.empty() ? "" : "; ", column,
                        other.empty() ? "nothing" : other, value.empty() ? "nothing" : value);
  }
  return text;
}

void add_changes(const Json& before, const Json& now, const std::string& path,
                 std::vector<std::string>& found) {
  if (before == now) return;
  if (!before.is_object() || !now.is_object()) {
    found.push_back(fmt::format("{}: {}, was {}", path, now.dump(), before.dump()));
    return;
  }
  for (const auto& [key, value] : before.items()) {
    add_changes(value, now.contains(key) ? now.at(key) : Json(), path + "." + key, found);
  }
  for (const auto& [key, value] : now.items()) {
    if (!before.contains(key)) add_changes(Json(), value, path + "." + key, found);
  }
}

Json digests_of_data(const Json& manifest) {
  Json digests = Json::object();
  for (const Json& data : manifest.value("data", Json::array())) {
    digests["content"].push_back(data.value("content_sha256", ""));
    for (const Json& file : data.value("files", Json::array())) {
      digests[file.value("path", "")] = file.value("sha256", Json());
    }
  }
  return digests;
}

// What of versions, machine, files and plugins is not as it was.
std::vector<std::string> changes(const Json& before, const Json& now) {
  std::vector<std::string> found;
  for (const char* part : {"versions", "build", "machine", "git", "plugins"}) {
    const Json none = Json::object();
    add_changes(before.value(part, none), now.value(part, none), part, found);
  }
  add_changes(digests_of_data(before), digests_of_data(now), "data", found);
  return found;
}

}  // namespace

int replay(const ReplayOptions& options, const plugin::Registry& registry) {
  std::string folder = options.folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  Session session;
  session.folder = options.out.empty() ? folder + "-replay" : options.out;
  session.fresh = true;
  session.quiet = true;
  session.verbosity = options.verbosity;
  session.worker_threads = options.worker_threads;
  spec::Experiment experiment = experiment_of_run(folder, {}, registry);
  experiment.ranks = 0;  // fits are made again
  if (options.worker_threads > 0) return run_session(std::move(experiment), session, registry);
  std::error_code none;
  if (std::filesystem::equivalent(folder, session.folder, none)) {
    throw Error("--out ", session.folder, " is the run itself; name another folder");
  }
  const Cells before = read_cells(folder);
  const int code = run_session(std::move(experiment), session, registry);
  if (code == 130) return code;
  const Cells now = read_cells(session.folder);

  std::size_t same = 0;
  for (const std::string& name : before.names) {
    const auto found = now.values.find(name);
    const std::string other = found == now.values.end()
                                  ? "there is no such cell now"
                                  : differences(before.values.at(name), found->second);
    fmt::print("{}: {}\n", name, other.empty() ? "the same" : other);
    same += other.empty() ? 1 : 0;
  }
  const std::vector<std::string> changed =
      changes(manifest_of_run(folder), manifest_of_run(session.folder));
  for (const std::string& line : changed) fmt::print("not as it was: {}\n", line);
  fmt::print("{} of {} cells have the same numbers{}; the replay is in {}\n", same,
             before.names.size(), changed.empty() ? ", with the same versions and files" : "",
             session.folder);
  return same == before.names.size() ? 0 : 3;
}

}  // namespace cofi::run
