#include "report/run_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

#include "cofi/files.hpp"

namespace cofi::report {
namespace fs = std::filesystem;
namespace {

std::string text_of_file(const std::string& path) {
  return std::string(FileBytes::open(path).bytes());
}

// A run holds a lock on its folder (run/folder.hpp) as long as it works.
bool is_held(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

void check_is_run(const std::string& folder) {
  if (!fs::exists(folder)) {
    throw Error(folder, ": no such folder; cofi report takes the folder that cofi run wrote");
  }
  if (!fs::is_directory(folder)) {
    throw Error(folder, " is a file; cofi report takes the folder that cofi run wrote");
  }
  for (const char* name : {"spec.yaml", "manifest.json"}) {
    if (fs::exists(folder + "/" + name)) continue;
    throw Error(folder, " is no run's folder: it has no ", name,
                "; cofi report takes the folder that cofi run wrote (runs/<name>, or --out)");
  }
}

Json parsed_manifest(const std::string& path) {
  Json manifest = Json::parse(text_of_file(path), nullptr, false);
  if (!manifest.is_object()) {
    throw Error(path, ": damaged, no JSON object; run the spec again, which writes it anew");
  }
  if (!manifest.contains("name") || !manifest.contains("metrics")) {
    throw Error(path, ": no '", manifest.contains("name") ? "metrics" : "name",
                "'; another version of cofi wrote it: run the spec again");
  }
  return manifest;
}

// folds.csv says what its columns are by their order: a setting, fold, repeat, seed, metrics,
// unseen_users, ...
void sort_columns(const Sheet& folds, RunFiles& run) {
  const std::size_t fold = folds.at("fold"), seed = folds.at("seed"),
                    unseen = folds.at("unseen_users");
  folds.at("model");
  for (std::size_t c = 0; c < fold; ++c) {
    const std::string& name = folds.columns[c];
    if (name == "selected")
      continue;  // the last of them: what became of a setting, not a part of it
    run.settings.push_back(name);
    if (name != "dataset" && name != "model" && name != "candidates") run.swept.push_back(name);
  }
  for (std::size_t c = seed + 1; c < unseen; ++c) run.metrics.push_back(folds.columns[c]);
}

}  // namespace

bool RunFiles::higher_is_better(const std::string& metric) const {
  const auto found = manifest.at("metrics").find(metric);
  return found != manifest.at("metrics").end() && found->is_string() &&
         found->get<std::string>() == "higher";
}

std::string RunFiles::state() const {
  const auto found = manifest.find("state");
  const std::string said = found != manifest.end() && found->is_string() ? *found : "unknown";
  if (held) return "running";
  return said == "running" ? "ended before its time" : said;
}

RunFiles read_run(const std::string& folder) {
  check_is_run(folder);
  RunFiles run;
  run.folder = folder;
  run.spec = text_of_file(folder + "/spec.yaml");
  run.manifest = parsed_manifest(folder + "/manifest.json");
  run.held = is_held(folder);
  run.results = read_sheet(folder + "/results.csv");
  run.folds = read_sheet(folder + "/folds.csv");
  run.history = read_sheet(folder + "/history.csv");
  run.strata = read_sheet(folder + "/strata.csv");
  run.comparisons = read_sheet(folder + "/comparisons.csv");
  if (!run.folds) run.results = run.history = run.strata = std::nullopt;
  if (run.folds) sort_columns(*run.folds, run);
  return run;
}

}  // namespace cofi::report
