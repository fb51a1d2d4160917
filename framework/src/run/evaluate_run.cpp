#include <algorithm>
#include <sstream>

#include "run/commands.hpp"
#include "run/saved_run.hpp"
#include "run/session.hpp"

namespace cofi::run {
namespace {

// "mae,ndcg@20" as the items of a YAML list: "mae, {use: ndcg, at: 20}"; a list as it stands.
std::string items_of(const std::string& metrics) {
  const std::size_t first = metrics.find_first_not_of(" \t");
  if (first != std::string::npos && metrics[first] == '[') {
    const std::size_t last = metrics.rfind(']');
    if (last == std::string::npos) throw Error("--metrics ", metrics, ": the list has no ']'");
    return metrics.substr(first + 1, last - first - 1);
  }
  std::string items;
  std::istringstream words(metrics);
  for (std::string word; std::getline(words, word, ',');) {
    const std::size_t at = word.find('@');
    if (!items.empty()) items += ", ";
    items += at == std::string::npos
                 ? word
                 : "{use: " + word.substr(0, at) + ", at: " + word.substr(at + 1) + "}";
  }
  if (items.empty()) throw Error("--metrics is empty; name some: --metrics mae,ndcg@10");
  return items;
}

}  // namespace

int evaluate_run(const EvaluateOptions& options, const plugin::Registry& registry) {
  const spec::Json before = experiment_of_run(options.folder, {}, registry).resolved.at("metrics");
  std::string list = before.dump();
  list.pop_back();
  spec::Experiment experiment = experiment_of_run(
      options.folder, {"metrics=" + list + ", " + items_of(options.metrics) + "]"}, registry);
  for (spec::Row& row : experiment.rows) row.own_metrics = before.size();
  for (spec::Search& search : experiment.searches) {
    search.row = [make = std::move(search.row), count = before.size()](
                     const std::vector<double>& numbers, std::int64_t resource) {
      spec::Row row = make(numbers, resource);
      row.own_metrics = count;
      return row;
    };
  }
  Session session;
  session.folder = options.folder;
  session.evaluates_only = true;
  session.verbosity = options.verbosity;
  session.worker_threads = options.worker_threads;
  return run_session(std::move(experiment), session, registry);
}

}  // namespace cofi::run
