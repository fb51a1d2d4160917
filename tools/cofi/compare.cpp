// cofi compare
#include <cstdlib>
#include <string>

#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

double number(const Arguments& arguments, const char* name, double fallback, double low,
              double high) {
  const std::string text = arguments.text(name);
  if (text.empty()) return fallback;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != 0 || !(value >= low && value <= high)) {
    throw Error("--", name, " ", text, ": allowed: a number from ", low, " to ", high);
  }
  return value;
}

int call_compare(const Arguments& arguments) {
  run::CompareOptions options;
  options.folders = arguments.positionals;
  options.metrics = arguments.texts("metric");
  options.anyway = arguments.flag("anyway");
  options.level = number(arguments, "level", options.level, 0.5, 0.9999);
  options.resamples = static_cast<std::int64_t>(
      number(arguments, "resamples", static_cast<double>(options.resamples), 100, 1e6));
  options.out = arguments.text("out");
  return run::compare(options);
}

}  // namespace

Command compare_command() {
  return {"compare",
          "RUN...",
          1,
          1000,
          "Which systems of finished runs differ by more than chance: paired tests, intervals.",
          {{"metric", "NAME", "Only this column; may be given several times."},
           {"anyway", "", "Compare runs of different data or splits, too."},
           {"level", "P", "Of the confidence intervals (0.95)."},
           {"resamples", "N", "Of the bootstrap and the permutation test (10000)."},
           {"out", "FILE", "Write the table to a .csv, .json, .md or .tex file as well."}},
          "cofi compare runs/movielens-folds\n"
          "cofi compare runs/before runs/after --metric rmse",
          &call_compare};
}

}  // namespace cofi::cli
