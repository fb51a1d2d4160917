#include "thesis.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "cofi/error.hpp"

#include "child.hpp"

namespace cofi::bench {
namespace {

namespace fs = std::filesystem;

// A folder for runs, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_((fs::temp_directory_path() / ("cofi-bench-" + std::to_string(::getpid()))).string()) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // what is left in the temporary folder does no harm
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) found.push_back(cell);
  return found;
}

// A number of the one row of a run's results.csv.
double result(const std::string& run, const std::string& column) {
  std::ifstream file(run + "/results.csv");
  std::string head, row;
  std::getline(file, head);
  std::getline(file, row);
  const std::vector<std::string> names = cells(head), values = cells(row);
  for (std::size_t n = 0; n < names.size() && n < values.size(); ++n) {
    if (names[n] == column) return std::strtod(values[n].c_str(), nullptr);
  }
  throw Error(run, "/results.csv has no column ", column);
}

// The number after "name=" in what the Python program prints.
double printed(const std::string& output, const std::string& name) {
  const std::size_t at = output.rfind(" " + name + "=");
  if (at == std::string::npos) throw Error("the Python program printed no ", name, ":\n", output);
  return std::strtod(output.c_str() + at + name.size() + 2, nullptr);
}

Usage run(const ThesisOptions& options, const std::string& out,
          const std::vector<std::string>& overrides) {
  std::vector<std::string> command = {options.runner, "run", options.spec, "--out", out, "-q"};
  for (const std::string& override_text :
       {std::string("sweep=null"), std::string("models.svd.factors=100"),
        std::string("optimizer.weight_decay=0.00028")}) {
    command.insert(command.end(), {"--set", override_text});
  }
  for (const std::string& override_text : overrides) {
    command.insert(command.end(), {"--set", override_text});
  }
  return run_child(command);
}

void print(const char* what, const Usage& usage, double training, double mse) {
  std::printf("%-28s %8.2f s in all %8.2f s training %8.1f s CPU %7.0f MB   test MSE %.4f\n", what,
              usage.seconds, training, usage.cpu_seconds, usage.peak_mb, mse);
  std::fflush(stdout);
}

}  // namespace

void run_thesis(const ThesisOptions& options) {
  ::setenv("COFI_DATA", options.data.c_str(), 1);
  const TemporaryFolder folder;
  const std::string hundred = folder.path() + "/hundred", one = folder.path() + "/one";
  const Usage loading = run_child({options.runner, "--version"});
  const Usage first = run(options, one, {"train.epochs=1", "save=none"});
  std::printf(
      "start-up: spec to tables with one epoch and no saved model takes %.2f s; of it %.2f s load "
      "LibTorch (cofi --version), and the epoch takes %.3f s\n",
      first.seconds, loading.seconds, result(one, "fit_seconds"));

  std::printf("\n100 factors, 100 epochs on ml-latest-small:\n");
  const Usage ours = run(options, hundred, {});
  const double training = result(hundred, "fit_seconds");
  print("cofi run", ours, training, result(hundred, "mse"));
  if (options.script.empty()) return;
  const Usage theirs = run_child({"/usr/bin/python3", options.script, "--data",
                                  options.data + "/ml-latest-small/ratings.csv"});
  const double script_training = printed(theirs.output, "time");
  print("Python program", theirs, script_training, printed(theirs.output, "mse"));
  std::printf("cofi is %.0f times as fast in all, %.0f times in training\n",
              theirs.seconds / ours.seconds, script_training / training);
}

}  // namespace cofi::bench
