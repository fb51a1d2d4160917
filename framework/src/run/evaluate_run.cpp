#include <algorithm>
#include <sstream>
#include <string>

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
  spec::Experiment experiment = experiment_of_run(options.folder, {}, registry);
  // Children find the metrics in the folder's spec.
  if (options.worker_threads == 0) {
    const spec::Json before = experiment.resolved.at("metrics");
    const auto with = [&](const spec::Json& metrics, const std::string& more) {
      const std::string list = metrics.dump();
      return experiment_of_run(
          options.folder, {"metrics=" + list.substr(0, list.size() - 1) + more + "]"}, registry);
    };
    // An evaluation that has not ended has left some of them in the spec: it goes on.
    const spec::Json manifest = manifest_of_run(options.folder);
    const bool ended = manifest.at("state") == "done";
    const std::size_t own = ended ? before.size() : manifest.value("own_metrics", before.size());
    const auto added = before.begin() + static_cast<std::ptrdiff_t>(std::min(own, before.size()));
    const spec::Json known(before.begin(), added);
    const spec::Json wanted = with(known, ", " + items_of(options.metrics)).resolved.at("metrics");
    spec::Json all = before;
    for (std::size_t n = known.size(); n < wanted.size(); ++n) {
      if (std::find(added, before.end(), wanted[n]) == before.end()) all.push_back(wanted[n]);
    }
    experiment = with(all, "");
  }
  Session session;
  session.folder = options.folder;
  session.evaluates_only = true;
  session.verbosity = options.verbosity;
  session.worker_threads = options.worker_threads;
  return run_session(std::move(experiment), session, registry);
}

}  // namespace cofi::run
